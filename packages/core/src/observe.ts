import type { SteadywireError } from './errors.ts'
import type { Gap } from './gap.ts'

/** How far an event has come. */
export type EventStage =
  /** emitter: validated and queued */
  | 'emitted'
  /** emitter: the log has it */
  | 'appended'
  /** emitter: the log had it already */
  | 'duplicate'
  /** emitter: given up */
  | 'rejected'
  /** subscriber: came by the live feed, in its place */
  | 'received'
  /** subscriber: came by a page */
  | 'read'
  /** subscriber: at or below the position, dropped */
  | 'repeated'
  /** subscriber: handed to the handler, which returned */
  | 'delivered'
  /** subscriber: refused by its schema, stepped over */
  | 'invalid'
  /** subscriber: of a type that this app does not know or did not ask for, passed over */
  | 'passed'

/** One thing that happened. Holds no token and no event data. `at`: monotonic ms of the clock in use. */
export type Observation = { readonly at: number } & (
  | {
      readonly kind: 'event'
      readonly stage: EventStage
      readonly topic: string
      readonly type: string
      readonly id: string
      /** 0 until the log placed it. */
      readonly seq: number
      /** When the log placed it, milliseconds since 1970; 0 until then. */
      readonly time: number
    }
  | {
      readonly kind: 'connection'
      readonly from: string
      readonly to: string
      readonly attempt: number
      readonly error?: SteadywireError
    }
  | {
      readonly kind: 'subscription'
      readonly topic: string
      readonly from: string
      readonly to: string
      readonly error?: SteadywireError
    }
  | { readonly kind: 'gap'; readonly topic: string; readonly gap: Gap }
  | { readonly kind: 'error'; readonly error: SteadywireError }
)

/** Sees every stage of every event and every transition. What it throws is ignored. */
export type Observe = (record: Observation) => void
