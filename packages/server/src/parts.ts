import type { Clock, TopicRules } from '@steadywire/core'
import type { Authoriser } from './authorise.ts'
import type { Commands } from './commands.ts'
import type { ConnectionCounter } from './connection-counter.ts'
import type { Deadlines } from './deadlines.ts'
import type { FanOut } from './fan-out.ts'
import type { Limits } from './limits.ts'
import type { EventLog } from './log.ts'
import type { Counters, ObserveGateway } from './metrics.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** What the sessions of one gateway share. */
export interface GatewayParts {
  /** Its calls have deadlines. */
  readonly log: EventLog
  readonly deadlines: Deadlines
  readonly families: readonly TopicRules[] | undefined
  readonly authorise: Authoriser
  readonly limits: Limits
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly fanOut: FanOut
  readonly commands: Commands
  readonly appendRates: RateLimiter
  readonly readRates: RateLimiter
  readonly connections: ConnectionCounter
  readonly counters: Counters
  readonly observe: ObserveGateway
}
