import { type PostgresServer, startPostgres } from '@steadywire/postgres-server'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressOf, applyMigrations, createDatabase, debianPrograms, run, standInForSupabase } from './setup.ts'

const servers = [
  ['the newest PostgreSQL', () => ({})],
  ["Debian's PostgreSQL", () => ({ programs: debianPrograms() })],
] as const

describe.each(servers)('on %s, with many connections', (_, programs) => {
  let server: PostgresServer
  let pool: pg.Pool

  beforeAll(async () => {
    server = await startPostgres({ ...programs(), config: { fsync: 'off', deadlock_timeout: '100ms' } })
    const address = await createDatabase(server, 'project')
    await standInForSupabase(address)
    await run(
      address,
      'create table public.coding_sessions (id uuid primary key default gen_random_uuid(), user_id uuid not null default gen_random_uuid())',
    )
    await applyMigrations(address)
    await applyMigrations(address)
    pool = new pg.Pool({ connectionString: addressOf(server, 'project'), max: 24 })
  })
  afterAll(async () => {
    await pool?.end()
    await server?.close()
  })

  const place = (client: pg.Pool | pg.PoolClient, topic: string, id: string) =>
    client.query(`insert into steadywire.events (topic, id, type, data) values ($1, $2, 't', '1')`, [topic, id])

  async function seqsOf(topic: string): Promise<number[]> {
    const { rows } = await pool.query('select seq from steadywire.events where topic = $1 order by seq', [topic])
    return rows.map(({ seq }) => Number(seq))
  }

  async function inTransaction<T>(what: (client: pg.PoolClient) => Promise<T>, end = 'commit'): Promise<T> {
    const client = await pool.connect()
    try {
      await client.query('begin')
      const answer = await what(client)
      await client.query(end)
      return answer
    } finally {
      client.release()
    }
  }

  /** Resolves once somebody waits for a lock. */
  async function somebodyWaits(): Promise<void> {
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = 'project'`
    while ((await pool.query(waiting)).rowCount === 0);
  }

  it('an id is of ASCII, whatever counts as a letter there', async () => {
    for (const id of ['é', 'x\n', 'a b']) await expect(place(pool, 'ids', id)).rejects.toMatchObject({ code: 'SW002' })
    await place(pool, 'ids', 'a-Z_0.9:')
  })

  it('positions have no holes, whoever commits or rolls back', async () => {
    const work = Array.from({ length: 20 }, (_, worker) => async () => {
      for (let n = 0; n < 15; n++) {
        await inTransaction(
          async (client) => {
            await place(client, 'many', `${worker}-${n}-a`)
            await client.query('savepoint here')
            await place(client, 'many', `${worker}-${n}-b`)
            if (n % 2 === 0) await client.query('rollback to here')
            await place(client, 'many', `${worker}-${n}-c`)
          },
          n % 3 === 0 ? 'rollback' : 'commit',
        )
      }
    })
    await Promise.all(work.map((one) => one()))
    const seqs = await seqsOf('many')
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    // Of 15 transactions each 10 commit: those with an even n two events, the others three.
    expect(seqs.length).toBe(20 * (5 * 2 + 5 * 3))
  })

  it('positions become visible in their order: who has seen one will not see a lower one appear', async () => {
    let over = false
    const seen: number[][] = []
    const reader = (async () => {
      while (!over) seen.push(await seqsOf('ordered'))
    })()
    const writers = Array.from({ length: 12 }, async (_, worker) => {
      for (let n = 0; n < 20; n++)
        await inTransaction(async (client) => {
          await place(client, 'ordered', `${worker}-${n}`)
          // The longer one holds its position, the more others could overtake it.
          if (n % 4 === 0) await client.query('select pg_sleep(0.002)')
        })
    })
    await Promise.all(writers)
    over = true
    await reader
    for (const seqs of seen) expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    expect((await seqsOf('ordered')).length).toBe(240)
  })

  it('an event that is not committed holds up its own topic only', async () => {
    const client = await pool.connect()
    await client.query('begin')
    await place(client, 'held', 'first')
    const second = place(pool, 'held', 'second')
    await somebodyWaits()
    await place(pool, 'free', 'first')
    expect(await seqsOf('free')).toEqual([1])
    expect(await seqsOf('held')).toEqual([])
    await client.query('commit')
    client.release()
    await second
    expect(await seqsOf('held')).toEqual([1, 2])
  })

  it('one key, many appenders: one event, and no position burned', async () => {
    const append = () => pool.query(`select steadywire.append('raced', 't', '1', key => 'k') as seq`)
    const answers = await Promise.all(Array.from({ length: 40 }, append))
    expect(new Set(answers.map(({ rows }) => rows[0].seq))).toEqual(new Set(['1']))
    await pool.query(`select steadywire.append('raced', 't', '1')`)
    expect(await seqsOf('raced')).toEqual([1, 2])
  })

  it('topics that are born at the same moment are one topic', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => place(pool, 'born', `e${n}`)))
    expect((await seqsOf('born')).length).toBe(20)
    const { rows } = await pool.query(`select distinct epoch from steadywire.events where topic = 'born'`)
    expect(rows.length).toBe(1)
  })

  it('retention, deletes and appends at the same time lose no position, and end nobody', async () => {
    await pool.query(`update steadywire.logs set max_events = 5 where name = 'events'`)
    let over = false
    const retaining = (async () => {
      while (!over) await pool.query('call steadywire.retain()')
    })()
    const deleting = (async () => {
      while (!over)
        await inTransaction((client) =>
          client.query(
            `delete from steadywire.events e using steadywire.topics t where e.topic = 'kept' and t.topic = 'kept' and e.seq < t.head - 10`,
          ),
        ).catch((thrown: unknown) => {
          // It may meet rows that retention has just removed below it; nothing else.
          if (Object(thrown).code !== '23001') throw thrown
        })
    })()
    for (let n = 0; n < 150; n++) await place(pool, 'kept', `e${n}`)
    over = true
    await Promise.all([retaining, deleting])
    await pool.query('call steadywire.retain()')
    expect(await seqsOf('kept')).toEqual([146, 147, 148, 149, 150])
    await pool.query(`update steadywire.logs set max_events = null where name = 'events'`)
  })

  it('a session is deleted while events are appended to it: one of the two goes first', async () => {
    const { rows } = await pool.query('insert into coding_sessions select from generate_series(1, 10) returning id')
    const outcomes = await Promise.all(
      rows.flatMap(({ id }) =>
        [
          ...Array.from({ length: 4 }, () =>
            pool.query(`insert into session_events (session_id, event_type, payload) values ($1, 't', '1')`, [id]),
          ),
          pool.query('delete from coding_sessions where id = $1', [id]),
        ].map((call) =>
          call.then(
            () => 'done',
            (thrown: unknown) => String(Object(thrown).code),
          ),
        ),
      ),
    )
    // 23503: the session is gone. 40P01: the two met, and PostgreSQL let one of them go first.
    expect(['done', '23503', '40P01']).toEqual(expect.arrayContaining([...new Set(outcomes)]))
    await pool.query('delete from coding_sessions')
    const { rows: left } = await pool.query('select from session_events')
    expect(left).toEqual([])
    const { rows: standing } = await pool.query(
      `select topic from steadywire.topics where log = 'sessions' and oldest <> head + 1`,
    )
    expect(standing).toEqual([])
  })
})
