import type { Clock, WireError } from '@steadywire/core'
import pg from 'pg'
import { configOf, createSockets, isPool, type PostgresLike } from './config.ts'
import { late, leavesBroken, toLogError } from './postgres-error.ts'

/** One statement, for which no transaction is needed. */
export interface Statement {
  /** Begins the message of the error. */
  readonly doing: string
  readonly topic?: string
  readonly text: string
  readonly values?: readonly unknown[]
  /** Default: the deadline of all calls. */
  readonly deadlineMs?: number
}

export interface Calls {
  /** Runs it on a connection of the pool; answers its rows. Rejects with a {@link WireError} within the deadline. */
  query(statement: Statement): Promise<readonly unknown[]>
  /** Calls reject with `why` from now on, those under way too. */
  close(why: WireError): Promise<void>
}

/** A call that was given up leaves its connection, as soon as it has one. */
interface Call {
  over: boolean
  client?: pg.PoolClient
}

export function openCalls(postgres: PostgresLike, clock: Clock, deadlineMs: number): Calls {
  const sockets = createSockets()
  const own = isPool(postgres) ? undefined : new pg.Pool({ stream: sockets.open, ...configOf(postgres, deadlineMs) })
  const pool: pg.Pool = own ?? Object(postgres)
  const giveUps = new Set<(why: WireError) => void>()
  let closed: WireError | undefined
  // A connection that dies while it is idle is replaced by the next call.
  pool.on('error', ignore)

  async function run(call: Call, { text, values = [] }: Statement): Promise<readonly unknown[]> {
    const client = await pool.connect()
    if (call.over) {
      client.release()
      return []
    }
    call.client = client
    // What breaks it fails the query, and need not be told twice.
    client.on('error', ignore)
    try {
      const { rows } = await client.query(text, [...values])
      leave(call, false)
      return rows ?? []
    } catch (thrown) {
      leave(call, leavesBroken(thrown))
      throw thrown
    }
  }

  return {
    async query(statement) {
      const { doing, topic } = statement
      const ms = statement.deadlineMs ?? deadlineMs
      if (closed) throw closed
      const call: Call = { over: false }
      let giveUp = (_: WireError): void => {}
      const givenUp = new Promise<never>((_, reject) => {
        giveUp = (why) => {
          call.over = true
          // The answer of what hangs would be taken for that of the next call: its connection goes with it.
          leave(call, true)
          reject(why)
        }
      })
      giveUps.add(giveUp)
      const cancel = clock.after(ms, () => giveUp(late(doing, ms, topic)))
      try {
        return await Promise.race([run(call, statement), givenUp])
      } catch (thrown) {
        throw toLogError(doing, thrown, topic)
      } finally {
        cancel()
        giveUps.delete(giveUp)
      }
    },

    async close(why) {
      if (closed) return
      closed = why
      for (const giveUp of [...giveUps]) giveUp(why)
      if (!own) return void pool.off('error', ignore)
      const ended = own.end()
      sockets.end()
      await ended
    },
  }
}

function leave(call: Call, broken: boolean): void {
  const { client } = call
  if (!client) return
  delete call.client
  client.release(broken)
  client.off('error', ignore)
}

function ignore(): void {}
