\ir setup.psql
select plan(22);

create function seqs(topic text) returns bigint[] language sql as $$
  select coalesce(array_agg(seq order by seq), '{}') from steadywire.events e where e.topic = seqs.topic
$$;
create function place(topic text, id text) returns void language sql as $$
  insert into steadywire.events (topic, id, type, data) values (topic, id, 't', '{}')
$$;

-- One by one, in bulk, by COPY.
select place('one', 'a'), place('one', 'b');
select is(seqs('one'), '{1,2}', 'rows get the next positions of their topic');
insert into steadywire.events (topic, id, type, data) select 'bulk', 'e' || n, 't', to_json(n) from generate_series(1, 500) n;
select is((select array_agg(data::text::int order by seq) from steadywire.events where topic = 'bulk'), array(select generate_series(1, 500)), 'a bulk insert keeps its order');
select is((select head from steadywire.topics where topic = 'bulk'), 500::bigint, 'and moves the head by as many');
insert into steadywire.events (topic, id, type, data) select 'mixed:' || n % 3, 'e' || n, 't', '1' from generate_series(1, 30) n;
select is((select array_agg(distinct head) from steadywire.topics where starts_with(topic, 'mixed:')), '{10}', 'topics that take turns in one statement are numbered each by itself');
copy steadywire.events (topic, id, type, data) from stdin;
copied	c1	t	{"n":1}
copied	c2	t	{"n":2}
copied	c3	t	{"n":3}
\.
select is(seqs('copied'), '{1,2,3}', 'COPY gives positions');
select is((select array_agg(prev order by seq) from steadywire.events where topic = 'copied'), '{"",c1,c2}', 'each row knows the mark before it');

-- What is taken back takes its position with it.
begin;
select place('back', 'a');
rollback;
select place('back', 'b');
select is(seqs('back'), '{1}', 'a rollback burns no position');
begin;
select place('save', 'a');
savepoint here;
select place('save', 'b'), place('save', 'c');
rollback to here;
select place('save', 'd');
commit;
select is(seqs('save'), '{1,2}', 'nor does a savepoint');
select is((select array_agg(prev order by seq) from steadywire.events where topic = 'save'), '{"",a}', 'and marks follow what stayed');
do $$
begin
  perform place('caught', 'a');
  begin
    insert into steadywire.events (topic, id, type, data) select 'caught', 'b' || n, 't', case n when 3 then null else '1'::json end from generate_series(1, 2) n;
    raise exception 'no';
  exception when others then null;
  end;
  perform place('caught', 'c');
end $$;
select is(seqs('caught'), '{1,2}', 'nor a caught error');

-- ON CONFLICT would leave holes: it fails, and burns nothing.
create table guarded (id text primary key, topic text not null, type text not null, data jsonb, created_at timestamptz default now());
select steadywire.adopt('guarded', name => 'guarded', prefix => 'guarded:', topic_column => 'topic');
insert into guarded values ('a', '1', 't', '1');
select throws_ok($$ insert into guarded values ('a', '1', 't', '2') on conflict do nothing $$, 'SW002', '1 positions were given and 0 rows inserted: a position would be lost',
  'ON CONFLICT DO NOTHING that meets a conflict fails clearly');
select throws_ok($$ insert into guarded values ('a', '1', 't', '2') on conflict (id) do update set data = '3' $$, '23001', null, 'so does DO UPDATE');
insert into guarded values ('b', '1', 't', '2') on conflict do nothing;
select is((select array_agg(seq order by seq) from guarded), '{1,2}', 'and neither burned a position');
select throws_ok($$ insert into guarded values ('b', '1', 't', '2') $$, '23505', null, 'a plain conflict is one');
insert into guarded values ('c', '1', 't', '2');
select is((select max(seq) from guarded), 3::bigint, 'and burns none');

-- Triggers that insert events while events are inserted.
create function echo() returns trigger language plpgsql as $$
begin
  if new.type = 'call' then
    insert into steadywire.events (topic, id, type, data) values (new.topic, new.id || '-answer', 'answer', '1'), ('other', new.id || '-note', 'note', '1');
  end if;
  return null;
end $$;
create trigger echo after insert on steadywire.events for each row execute function echo();
insert into steadywire.events (topic, id, type, data) values ('nested', 'a', 'call', '1'), ('nested', 'b', 'plain', '1'), ('nested', 'c', 'call', '1');
select is(seqs('nested'), '{1,2,3,4,5}', 'nested triggers: no holes, nothing twice');
select is(seqs('other'), '{1,2}', 'nor in the other topic');
select is((select head from steadywire.topics where topic = 'nested'), 5::bigint, 'and the head is the last');
drop trigger echo on steadywire.events;

-- Keys.
insert into steadywire.events (topic, id, type, data, key) values ('keyed', 'a', 't', '1', 'k'), ('keyed', 'b', 't', '1', 'k'), ('keyed', 'c', 't', '1', null);
select is((select array_agg(id order by seq) from steadywire.events where topic = 'keyed'), '{a,c}', 'a repeated key makes no second event, and no hole');

-- What happened stays.
select throws_ok($$ update steadywire.events set data = '2' where topic = 'one' $$, '23001', null, 'an event can not be changed');
select throws_ok($$ delete from steadywire.events where topic = 'one' and seq = 2 $$, '23001', null, 'nor taken out of the middle');
select steadywire.append('sealed', 't', '1', final => true);
select throws_ok($$ select steadywire.append('sealed', 't', '1') $$, 'SW001', null, 'nothing follows a final event');

select * from finish();
