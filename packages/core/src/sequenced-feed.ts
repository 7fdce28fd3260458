import type { Clock } from './clock.ts'
import type { Link } from './connection-driver.ts'
import type { Delivery } from './delivery.ts'
import { toWireError, type WireError } from './errors.ts'
import type { Position, WireEvent } from './event.ts'
import type { EventStage } from './observe.ts'
import {
  type Origin,
  sequence,
  type SequencerInput,
  type SequencerRules,
  type SequencerState,
  startSequencer,
} from './sequencer.ts'
import type { Connection, Head, ReadRange, Sink } from './transport.ts'

/** What a subscription's feed reports to it. */
export interface FeedEvents {
  attached(expiresInMs: number | undefined): void
  failed(error: WireError): void
  doubted(): void
  /** The doubt is over; `caughtUp` tells whether the verdict was given before. */
  agreed(caughtUp: boolean): void
  stage(stage: EventStage, event: WireEvent): void
  /** Somebody watches every stage. */
  readonly observed: boolean
}

/** Brings a topic's events from a link to a delivery. */
export interface Feed {
  /** Where it would go on. */
  readonly at: Position | undefined
  attach(link: Link): void
  detach(): void
  roomMade(): void
  verify(): void
  headHeard(head: Head, asked: Position): void
}

export interface SequencedFeedOptions {
  readonly topic: string
  readonly from: Origin | Position
  readonly delivery: Delivery
  readonly clock: Clock
  readonly rules: SequencerRules
  readonly pageSize: number
}

/** A feed with positions: runs what the sequencer asks for. */
export function createSequencedFeed(options: SequencedFeedOptions, on: FeedEvents): Feed {
  const { topic, delivery, clock } = options
  let state: SequencerState = startSequencer(topic, options.from)
  let attachment: { readonly link: Link; readonly abort: AbortController } | undefined
  let cancelRead = (): void => {}

  function tell(input: SequencerInput): void {
    const step = sequence(state, input, options.rules)
    state = step.state
    for (const output of step.outputs) {
      switch (output.kind) {
        case 'accept':
          if (on.observed || output.stage === 'read') for (const event of output.events) on.stage(output.stage, event)
          delivery.push({ kind: 'events', events: output.events })
          break
        case 'repeat':
          on.stage('repeated', output.event)
          break
        case 'read':
          readSoon(output.range, output.inMs)
          break
        case 'doubt':
          on.doubted()
          break
        case 'agree':
          on.agreed(state.tally === undefined)
          break
        case 'verdict': {
          const said = attachment
          delivery.push({ ...output, current: () => attachment !== undefined && attachment === said })
          break
        }
        default:
          delivery.push(output)
      }
    }
  }

  function attach(link: Link): void {
    const abort = new AbortController()
    attachment = { link, abort }
    const current = (): boolean => attachment?.abort === abort
    const sink: Sink = {
      events(items) {
        if (current()) tell({ kind: 'itemsReceived', items, room: delivery.room })
      },
      head(at) {
        if (current()) tell(at ? { kind: 'headHeard', at } : { kind: 'headHeard' })
      },
      lost(error) {
        if (current()) fail(error)
      },
    }
    tell({ kind: 'attachStarted' })
    const after = state.origin ? undefined : state.at
    link
      .call(`Attaching ${topic}`, () => (link.connection as Connection).attach(topic, after, sink, abort.signal))
      .then((page) => {
        if (!current()) return
        on.attached(page.expiresIn)
        tell({ kind: 'pageRead', page, now: clock.now(), room: delivery.room })
      })
      .catch((error: unknown) => current() && fail(toWireError(error)))
  }

  function readSoon(range: Omit<ReadRange, 'limit'> & { readonly limit?: number }, inMs: number | undefined): void {
    if (!attachment) return
    const { link, abort } = attachment
    const read = (): void => {
      const room = Math.max(1, Math.min(options.pageSize, delivery.room))
      const limited = { ...range, limit: Math.min(range.limit ?? room, options.pageSize) }
      link
        .call(`Reading ${topic}`, () => (link.connection as Connection).read(topic, limited, abort.signal))
        .then((page) => {
          if (attachment?.abort === abort) tell({ kind: 'pageRead', page, now: clock.now(), room: delivery.room })
        })
        .catch((error: unknown) => attachment?.abort === abort && fail(toWireError(error)))
    }
    if (inMs === undefined) read()
    else cancelRead = clock.after(inMs, read)
  }

  function fail(error: WireError): void {
    detach()
    on.failed(error)
  }

  function detach(): void {
    cancelRead()
    attachment?.abort.abort()
    attachment = undefined
    tell({ kind: 'detached' })
  }

  return {
    get at() {
      return state.origin ? undefined : state.at
    },
    attach,
    detach,
    roomMade: () => tell({ kind: 'roomMade' }),
    verify: () => tell({ kind: 'headHeard' }),
    headHeard(head, asked) {
      const at: Position = {
        seq: head.head,
        ...(head.epoch !== undefined && { epoch: head.epoch }),
        ...(head.mark && { mark: head.mark }),
      }
      // What came in by the feed while the answer was on its way is no contradiction.
      if (at.epoch !== state.at.epoch || at.seq >= state.at.seq) tell({ kind: 'headHeard', at })
      else if (at.seq < asked.seq) tell({ kind: 'headHeard' })
    },
  }
}
