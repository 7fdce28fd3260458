import type { Clock, TopicRules } from '@steadywire/core'
import type { Authoriser } from './authorise.ts'
import type { Commands } from './commands.ts'
import type { FanOut } from './fan-out.ts'
import type { ConnectionCounter, Limits, RateLimiter } from './limits.ts'
import type { EventLog } from './log.ts'
import type { Counters, ObserveGateway } from './metrics.ts'

/** What the sessions of one gateway share. */
export interface GatewayParts {
  readonly log: EventLog
  readonly families: readonly TopicRules[] | undefined
  readonly authorise: Authoriser
  readonly limits: Limits
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly fanOut: FanOut
  readonly commands: Commands
  readonly rates: RateLimiter
  readonly connections: ConnectionCounter
  readonly counters: Counters
  readonly observe: ObserveGateway
}
