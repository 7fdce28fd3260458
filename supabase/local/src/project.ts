import type { Clock } from './clock.ts'
import type { Wishes } from './faults.ts'
import type { Keys } from './keys.ts'
import type { Limits } from './limits.ts'
import type { Database } from './postgres/database.ts'

/** What everything that serves one project shares. */
export interface Project {
  readonly database: Database
  readonly keys: Keys
  readonly limits: Limits
  readonly wishes: Wishes
  readonly clock: Clock
  /** How long row changes wait to be looked at. */
  readonly pollMs: number
  /** How long after a join its row changes begin. */
  readonly readyMs: number
  readonly log: (line: string) => void
}
