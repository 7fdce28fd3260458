import { type Clock, SteadywireError, type WireError } from '@steadywire/core'
import pg from 'pg'
import { late, leavesBroken, toLogError } from './postgres-error.ts'

/** A `postgres://` address, options of pg's pool, or a pool of the app's: that one is used, and left open. */
export type PostgresLike = string | pg.PoolConfig | pg.Pool

export interface Calls {
  /**
   * One statement, on a connection of the pool; answers its rows. Rejects with a {@link WireError} within the deadline.
   * @param doing Begins the message of the error.
   */
  query(doing: string, topic: string | undefined, text: string, values: readonly unknown[]): Promise<readonly unknown[]>
  /** What a connection beside the pool is opened with. */
  readonly config: pg.ClientConfig
  /** Calls reject with `why` from now on. */
  close(why: WireError): Promise<void>
}

/** @throws SteadywireError `invalid_option` */
export function parseDeadline(ms = 5000): number {
  if (ms >= 1 && ms <= 0x7fffffff) return ms
  throw new SteadywireError('invalid_option', `callDeadlineMs is ${ms}`, { hint: 'Give a number of ms, 1 or more.' })
}

export function openCalls(postgres: PostgresLike, clock: Clock, deadlineMs: number): Calls {
  const { pool, config, own } = poolOf(postgres, deadlineMs)
  // A connection that dies while it is idle is replaced by the next call.
  const ignore = (): void => {}
  pool.on('error', ignore)
  let closed: WireError | undefined

  /** Whatever still comes after `given.up` was said is nobody's. */
  async function run(given: { up?: () => void; readonly late: boolean }, text: string, values: readonly unknown[]) {
    const client = await pool.connect()
    if (given.late) return client.release()
    let held = true
    const release = (broken: boolean): void => {
      if (held) client.release(broken)
      held = false
    }
    given.up = () => release(true)
    try {
      const { rows } = await client.query(text, [...values])
      release(false)
      return rows
    } catch (thrown) {
      release(leavesBroken(thrown))
      throw thrown
    }
  }

  return {
    config,
    query(doing, topic, text, values) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(closed)
        const given: { up?: () => void; late: boolean } = { late: false }
        const cancel = clock.after(deadlineMs, () => {
          given.late = true
          // The answer of what hangs would be taken for that of the next call: its connection goes with it.
          given.up?.()
          reject(closed ?? late(doing, deadlineMs, topic))
        })
        run(given, text, values).then(
          (rows) => {
            cancel()
            resolve(rows ?? [])
          },
          (thrown: unknown) => {
            cancel()
            reject(closed ?? toLogError(doing, thrown, topic))
          },
        )
      })
    },
    async close(why) {
      if (closed) return
      closed = why
      pool.off('error', ignore)
      if (own) await pool.end()
    },
  }
}

function poolOf(postgres: PostgresLike, deadlineMs: number) {
  const config = { connectionTimeoutMillis: deadlineMs, ...configOf(postgres) }
  if (postgres instanceof pg.Pool) return { pool: postgres, config, own: false }
  return { pool: new pg.Pool(config), config, own: true }
}

export function configOf(postgres: PostgresLike): pg.PoolConfig {
  if (postgres instanceof pg.Pool) return postgres.options
  return {
    application_name: 'steadywire',
    ...(typeof postgres === 'string' ? { connectionString: postgres } : postgres),
  }
}
