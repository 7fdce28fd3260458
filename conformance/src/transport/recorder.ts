import type {
  AnyTransport,
  Continuity,
  EventOf,
  Gap,
  LoadContext,
  SteadywireError,
  SubscribeOptions,
  Subscriber,
  Subscription,
  SubscriptionStatus,
} from '@steadywire/core'
import { assert, range, until } from '../facts.ts'

export interface RecorderOptions {
  readonly from?: SubscribeOptions['from']
  readonly name?: string
  readonly types?: readonly string[]
  readonly buffer?: number
  /** Runs after the event was noted; what it returns is awaited by the core. */
  readonly onEvent?: (event: EventOf<string>) => unknown
  /** With it the subscription has a `load`. */
  readonly load?: (context: LoadContext) => unknown
}

/** One subscription, and all that it was told, in order. */
export interface Recorder {
  readonly subscription: Subscription
  readonly events: readonly EventOf<string>[]
  readonly gaps: readonly Gap[]
  readonly attached: readonly Continuity[]
  readonly statuses: readonly SubscriptionStatus[]
  readonly errors: readonly SteadywireError[]
  readonly loads: readonly LoadContext['reason'][]
  /** Everything in one line: `1 2 gap:trimmed(2-5) 6`. */
  story(): string
  seqs(): number[]
  /** Waits until the event with this seq came. */
  reached(seq: number, ms?: number): Promise<void>
  /** Waits until it caught up so many times, and answers the continuity that was said then. */
  caughtUp(times: number): Promise<Continuity>
  /** Every event from `first` to `last` came, once, in order, and no other. */
  assertExactly(first: number, last: number): void
}

export function record(
  subscriber: Pick<Subscriber<AnyTransport>, 'subscribe' | 'connection'>,
  topic: string,
  options: RecorderOptions = {},
): Recorder {
  const events: EventOf<string>[] = []
  const gaps: Gap[] = []
  const attached: Continuity[] = []
  const statuses: SubscriptionStatus[] = []
  const errors: SteadywireError[] = []
  const loads: LoadContext['reason'][] = []
  const story: string[] = []
  const { load, from, name, types, buffer } = options

  const subscription = subscriber.subscribe(topic, {
    ...(from !== undefined && { from }),
    ...(name !== undefined && { name }),
    ...(types !== undefined && { types }),
    ...(buffer !== undefined && { buffer }),
    event(event) {
      events.push(event)
      story.push(String(event.seq))
      return options.onEvent?.(event)
    },
    gap(gap) {
      gaps.push(gap)
      story.push(`gap:${gap.reason}(${gap.from.seq}-${gap.to.seq})`)
    },
    ...(load && {
      load(context: LoadContext) {
        loads.push(context.reason)
        story.push(`load:${context.reason}`)
        return load(context)
      },
    }),
    attached: (continuity) => void attached.push(continuity),
    status: (status) => void statuses.push(status),
    error: (error) => void errors.push(error),
  })

  const recorder: Recorder = {
    subscription,
    events,
    gaps,
    attached,
    statuses,
    errors,
    loads,
    story: () =>
      story.length > 40 ? `${story.slice(0, 20).join(' ')} … ${story.slice(-20).join(' ')}` : story.join(' '),
    seqs: () => events.map((event) => event.seq),
    async reached(seq, ms) {
      await until(
        () => `event ${seq} of ${topic}; ${circumstances()}`,
        () => lastSeq() >= seq,
        ms,
      )
    },
    caughtUp: (times) =>
      until(
        () => `continuity, said ${times} times, of ${topic}; ${circumstances()}`,
        () => attached[times - 1],
      ),
    assertExactly(first, last) {
      const found = recorder.seqs()
      assert.deepEqual(found, range(first, last), `events ${first} to ${last}, once and in order: ${recorder.story()}`)
    },
  }
  const circumstances = (): string => {
    const { state, error } = subscriber.connection
    const why = errors.at(-1) ?? error
    return `so far: ${story.at(-1) ?? 'nothing'}; connection: ${state}${why ? `; ${why.code}: ${why.message}` : ''}`
  }
  const lastSeq = (): number => events.reduce((most, event) => Math.max(most, event.seq), 0)
  return recorder
}
