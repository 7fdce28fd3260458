import type { EventLog } from '@steadywire/server'

/**
 * What a log author supplies: how to get a log, and what the outside world can do to it.
 *
 * @example
 * const harness: LogHarness = {
 *   name: 'mine',
 *   async setup() {
 *     const log = await myLog({ url })
 *     return { log, other: await myLog({ url }), trim: (topic, seq) => log.trim(topic, seq), close: () => log.close() }
 *   },
 * }
 */
export interface LogHarness {
  /** Names the suite in titles and in `conformance.json`. */
  readonly name: string
  /** Called for every case; cases use topics of their own, so one server may serve them all. */
  setup(): Promise<LogSetup>
}

/** A missing ability does not skip a case: what can be shown without it is shown, and reported as `degraded`. */
export interface LogSetup {
  readonly log: EventLog
  /** The log as a second process would open it, over the same data. */
  readonly other?: EventLog
  /** Restarts what keeps the events, and answers the log opened anew: with its events, or having lost them. */
  restart?(data: 'kept' | 'lost'): Promise<EventLog>
  /** Removes what is at or below `seq`, as retention would. */
  trim?(topic: string, seq: number): Promise<void>
  /** Takes the topic back to `seq` under the same epoch, as a restored backup or a failover would. */
  rewind?(topic: string, seq: number): Promise<void>
  /** Breaks whatever the tails listen on: each of them is `lost`, or goes on by itself and wakes. */
  breakTails?(): Promise<void>
  /** Releases the log, and what was opened beside it. Called once, at the end of the case. */
  close(): Promise<void>
}

/** What a case of the log suite is given. */
export interface LogWorld extends LogSetup {
  /** A topic that nobody else uses. */
  readonly topic: string
  /** The same log as somebody else holds it: `other`, or the one log again. */
  readonly second: EventLog
}
