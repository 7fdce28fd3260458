import { installPostgresLog, postgresLog } from '@steadywire/log-postgres'
import { startPostgres } from '@steadywire/postgres-server'
import pg from 'pg'
import { dataOf, idOf, topic } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { serve } from './steadywire.ts'

const server = await startPostgres()
await installPostgresLog(server.url)
const log = postgresLog({ postgres: server.url, retention: {} })
const bare = new pg.Client(server.url)
await bare.connect()
const page = 1000

answerCommands({
  listen: async () => [(await serve(log)).port],

  async fill(count = 0) {
    for (let first = 1; first <= count; first += 100) {
      const indexes = Array.from({ length: Math.min(100, count - first + 1) }, (_, offset) => first + offset)
      await log.append(
        topic,
        indexes.map((index) => ({ id: idOf(index), type: 'terminal', data: dataOf(index) })),
      )
    }
    await bare.query('vacuum analyze')
    return []
  },

  /** Reads what an event has from its table, a page at a time; answers how long that took, in ms. */
  async readBare(count = 0) {
    const started = performance.now()
    let read = 0
    for (let full = true; full; ) {
      const text =
        'select seq, id, type, data, created_at from steadywire.events where topic = $1 and seq > $2 order by seq limit $3'
      const { rows } = await bare.query(text, [topic, read, page])
      read += rows.length
      full = rows.length === page
    }
    if (read !== count) throw new Error(`${read} of ${count} events were read`)
    return [performance.now() - started]
  },
})
