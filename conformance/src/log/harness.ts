import type { EventLog } from '@steadywire/server'

/** What a log author supplies: how to get a log, and what the outside world can do to it. */
export interface LogHarness {
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
  /** Breaks whatever the tails listen on. */
  breakTails?(): Promise<void>
  close(): Promise<void>
}

export interface LogWorld extends LogSetup {
  /** A topic that nobody else uses. */
  readonly topic: string
  /** The same log as somebody else holds it: `other`, or the one log again. */
  readonly second: EventLog
}
