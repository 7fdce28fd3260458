import type { Link } from './connection-driver.ts'
import type { SteadywireError, WireError } from './errors.ts'
import type { Position, WireEvent } from './event.ts'
import type { EventStage } from './observe.ts'
import type { Head } from './transport.ts'

/** Brings a topic's events from a link to a delivery. */
export interface Feed {
  /** Where it would go on; undefined while that is not known. */
  readonly at: Position | undefined
  attach(link: Link): void
  detach(): void
  roomMade(): void
  verify(): void
  /** `asked`: where the feed stood when the head was asked for. */
  headHeard(head: Head, asked: Position): void
}

/** What a feed reports to its subscription. */
export interface FeedOwner {
  readonly topic: string
  attached(expiresInMs: number | undefined): void
  failed(error: WireError): void
  doubted(): void
  /** The doubt is over; `caughtUp` tells whether the verdict was given before. */
  agreed(caughtUp: boolean): void
  stage(stage: EventStage, event: WireEvent): void
  report(error: SteadywireError): void
  /** Somebody watches every stage. */
  readonly observed: boolean
}
