\ir setup.psql
select plan(44);

create or replace function steadywire.may_read(topic text) returns boolean language sql stable as $$
  select topic = 'user:' || steadywire.caller()
$$;

select become('service_role');
select is(
  (public.steadywire_append('user:ann', '[{"id":"e1","type":"t","data":"{\"n\":1.50}"},{"id":"e2","type":"t","data":"2","key":"\"k\"","entity_type":"job","entity_id":"7","actor":"bob"}]')
    #>> '{1,position,1}'), '2', 'the service role appends by REST');
select is((public.steadywire_append('user:ann', '[{"id":"e3","type":"t","data":"2","key":"\"k\""}]') #>> '{0,duplicate}'), 'true', 'a repeat is told');
select is((public.steadywire_append('user:ann', '[{"id":"e4","type":"t","data":"4","key":"\"k\""}]', 'client:x') #>> '{0,duplicate}'), 'false', 'another scope has keys of its own');
select is(public.steadywire_append('user:ann', '[]')::text, '[]', 'nothing appends nothing');
select throws_ok($$ select public.steadywire_append('user:ann', '[{"id":"e9","type":"t","data":"1"},{"id":"not an id","type":"t","data":"1"}]') $$, 'SW002', null, 'one bad draft refuses all');
insert into steadywire.events (topic, id, type, data) values ('user:ben', 'b1', 't', '1');
select is((public.steadywire_read('user:ann') ->> 'head')::int, 3, 'the service role reads everything');
select is((public.steadywire_heads('{user:ann,user:ben,nobody}') -> 'heads' -> 'user:ben' ->> 'head')::int, 1, 'and all heads');
select ok((public.steadywire_read('user:ann') ->> 'expiresIn')::bigint between 50000 and 61000, 'its token expires too');
select throws_ok('update steadywire.events set data = null', '42501', null, 'it can not change events');
select throws_ok('delete from steadywire.events', '42501', null, 'nor delete them');
select throws_ok($$ update steadywire.topics set head = 7 $$, '42501', null, 'nor move a head');
select throws_ok($$ select steadywire.next_place('user:ann', 'events', 'x', null, false) $$, '42501', null, 'nor take a position without an event');
select lives_ok($$ select steadywire.erase('user:ben', 1) $$, 'it erases');

select become('anon');
select throws_ok($$ select public.steadywire_read('user:ann') $$, '42501', 'No right to read user:ann', 'an anonymous reader is refused');
select throws_ok($$ select public.steadywire_read('unborn') $$, '42501', 'No right to read unborn', 'in the same words whether or not the topic is there');
select is((public.steadywire_heads('{user:ann,user:ben}') -> 'heads')::text, '{}', 'and is told no heads');
select throws_ok($$ insert into steadywire.events (topic, id, type, data) values ('user:ann', 'x', 't', '1') $$, '42501', null, 'an anonymous insert fails');
select throws_ok($$ select public.steadywire_append('user:ann', '[]') $$, '42501', null, 'so does an anonymous append');
select is_empty('select * from steadywire.events', 'it sees no rows');
select is_empty('select * from steadywire.events_log', 'nor by the view');

select become('authenticated', 'ann');
select is((select array_agg(event ->> 'id') from json_array_elements(public.steadywire_read('user:ann') -> 'events') as event), '{e1,e2,e4}', 'who may reads');
select ok((public.steadywire_read('user:ann') ->> 'expiresIn')::bigint between 50000 and 61000, 'and learns how long the token is good');
select is(public.steadywire_read('user:ann') #>> '{events,0,data}', '{"n":1.50}', 'data is as it was sent, to the last digit');
select is(public.steadywire_read('user:ann', 1) #>> '{events,0,id}', 'e2', 'a read begins after a position');
select is(json_array_length(public.steadywire_read('user:ann', most => 1, last => true) -> 'events'), 1, 'or ends with the newest');
select is((public.steadywire_read('user:ann', 1, 'another epoch') ->> 'through'), '0', 'of another epoch nothing is shown');
select is((public.steadywire_read('user:ann', 1, null, 'another') ->> 'rewound'), 'true', 'a mark that differs is a rewind');
select throws_ok($$ select public.steadywire_read('user:ben') $$, '42501', 'No right to read user:ben', 'another''s topic is refused');
select is((select array_agg(topic) from json_object_keys(public.steadywire_heads('{user:ben,user:ann,a b}') -> 'heads') as topic), '{user:ann}', 'heads are those of its own topics');
select is((select array_agg(distinct topic) from steadywire.events), '{user:ann}', 'rows are those of its own topics');
select is((select array_agg(distinct topic) from steadywire.events_log), '{user:ann}', 'also by the view');
select throws_ok($$ insert into steadywire.events (topic, id, type, data) values ('user:ann', 'x', 't', '1') $$, '42501', null, 'a reader can not insert');
select throws_ok($$ update steadywire.events set data = null $$, '42501', null, 'nor change');
select throws_ok($$ delete from steadywire.events $$, '42501', null, 'nor delete');
select throws_ok($$ truncate steadywire.events $$, '42501', null, 'nor truncate');
select throws_ok($$ select steadywire.append('user:ann', 't', '1') $$, '42501', null, 'nor append');
select throws_ok($$ select steadywire.erase('user:ann', 1) $$, '42501', null, 'nor erase');
select throws_ok('select * from steadywire.' || t, '42501', null, 'nor see ' || t) from unnest('{topics,keys,logs}'::text[]) as t;
select is(steadywire.mark_at(row('user:ben', 'events', 'x', 2, '', 1, now(), false, null, null)::steadywire.topics, 0), null, 'nor ask for the marks of another''s topic');

select become('authenticated', 'ann', -1);
select throws_ok($$ select public.steadywire_read('user:ann') $$, 'PT401', 'The token expired', 'a token that expired does not read');
select throws_ok($$ select public.steadywire_heads('{user:ann}') $$, 'PT401', 'The token expired', 'nor asks for heads');

select become('none');
select is_empty($$
  select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace, (values ('anon'), ('authenticated')) as roles (who)
  where (n.nspname = 'steadywire' or p.proname like 'steadywire%') and has_function_privilege(who, p.oid, 'execute')
    and p.proname not in ('may_read', 'may_read_session', 'may_read_organization', 'caller', 'expires_in', 'log_of', 'standing', 'mark_at', 'head_text', 'page', 'read',
      'heads', 'may_hear', 'is_topic', 'json_bytes', 'number_bytes', 'steadywire_read', 'steadywire_heads', 'events_page', 'sessions_page', 'signals_page')
$$, 'readers may execute nothing but what reading takes');

select * from finish();
