import { installPostgresLog, postgresLog } from '@steadywire/log-postgres'
import { startPostgres } from '@steadywire/postgres-server'
import pg from 'pg'
import { dataOf, idOf } from '../events.ts'
import { answerCommands } from '../helper.ts'

const server = await startPostgres()
await installPostgresLog(server.url)
const appenders = 10
const log = postgresLog({
  postgres: { connectionString: server.url, max: appenders },
  retention: {},
  callDeadlineMs: 60_000,
})
const pool = new pg.Pool({ connectionString: server.url, max: appenders })
await pool.query(
  'create table bare (topic text, seq bigint generated always as identity, id text, type text, data text, primary key (topic, seq))',
)
let made = 0

/** Answers how many there were in a second. */
async function perSecond(count: number, topics: number, one: (topic: string, index: number) => Promise<unknown>) {
  const started = performance.now()
  let next = 0
  const work = async () => {
    for (let n = next++; n < count; n = next++) await one(`bench:${n % topics}`, ++made)
  }
  await Promise.all(Array.from({ length: appenders }, work))
  return [(count * 1000) / (performance.now() - started)]
}

answerCommands({
  append: (count = 0, topics = 1) =>
    perSecond(count, topics, (topic, index) =>
      log.append(topic, [{ id: idOf(index), type: 'terminal', data: dataOf(index) }]),
    ),
  insert: (count = 0, topics = 1) =>
    perSecond(count, topics, (topic, index) =>
      pool.query('insert into bare (topic, id, type, data) values ($1, $2, $3, $4)', [
        topic,
        idOf(index),
        'terminal',
        JSON.stringify(dataOf(index)),
      ]),
    ),
})
