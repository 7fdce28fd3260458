import {
  backoffDelay,
  type Cursor,
  compareCursors,
  decodeCursor,
  defaultBackoff,
  type EventOf,
  encodeCursor,
  isSteadywireError,
  type LoadContext,
  messageOf,
  type Position,
  SteadywireError,
  type Subscriber,
  type Subscription,
  type TopicLike,
  type TypeOf,
} from '@steadywire/core'
import { followedBy, notFollowed } from './followed.ts'
import { identityChanges } from './identity-changes.ts'
import { createKeeper, type Keeper, type Persist, type Saved } from './persist.ts'
import { Store, type Work } from './store.ts'
import { tellConsole } from './tell-console.ts'
import type { Live, LiveOptions, Loaded } from './use-live.ts'

/** What is fixed as long as a topic is followed. */
export interface Rules<State, T extends TopicLike, Type extends TypeOf<T>> {
  readonly reduce: LiveOptions<State, T, Type>['reduce']
  readonly types: readonly Type[] | undefined
  readonly persist: Persist<State> | undefined
}

/** What a component gives with each render. */
export interface Giver<State> extends Pick<LiveOptions<State>, 'load'> {
  readonly initial: State | undefined
  readonly cursor: string | undefined
  /** The identity that `initial` was given for, by {@link identityChanges}. */
  readonly identity: number
}

/** A component that shows the state. */
export type User<State> = { readonly current: Giver<State> }

/** After so long without one, failures are counted anew, ms. */
const calmMs = 60_000
const reloadDelays = { ...defaultBackoff, jitter: false }

/** A state that is followed, for all components that show it. */
export class LiveStore<State, T extends TopicLike, Type extends TypeOf<T>> extends Store<Live<State>> {
  /** The components that are mounted, the newest last; from the beginning the one that made it. */
  readonly users: Set<User<State>>

  constructor(subscriber: Subscriber, topic: T, rules: Rules<State, T, Type>, first: User<State>) {
    const users = new Set([first])
    let newest = first
    const giver = (): Giver<State> => {
      for (const user of users) newest = user
      return newest.current
    }
    super(subscriber, (changed) => new LiveWork(subscriber, topic, rules, giver, changed))
    this.users = users
  }
}

/** Follows a topic with a state, for one identity. */
class LiveWork<State, T extends TopicLike, Type extends TypeOf<T>> implements Work<Live<State>> {
  readonly #subscriber: Subscriber
  readonly #topic: T
  readonly #rules: Rules<State, T, Type>
  readonly #giver: () => Giver<State>
  readonly #changed: () => void
  readonly #keeper: Keeper<State> | undefined
  #state: State | undefined
  /** Events may be put into the state; else something is missing, and it is only shown until another one is loaded. */
  #isCurrent = false
  /** Where the stream begins. */
  #from: Cursor | undefined
  /** Events are in the state up to here, although the stream is not there yet. */
  #ahead: Position | undefined
  /** What `reduce` threw on: the state that is loaded must have it. */
  #lost: EventOf<T, Type> | undefined
  #failure: SteadywireError | undefined
  #failures = 0
  #failedAt = Number.NEGATIVE_INFINITY
  #cancelReload: (() => void) | undefined
  #subscription: Subscription | undefined
  #stopped = false

  constructor(
    subscriber: Subscriber,
    topic: T,
    rules: Rules<State, T, Type>,
    giver: () => Giver<State>,
    changed: () => void,
  ) {
    this.#subscriber = subscriber
    this.#topic = topic
    this.#rules = rules
    this.#giver = giver
    this.#changed = changed
    this.#takeInitial()
    const { persist } = rules
    this.#keeper = persist && createKeeper(subscriber, nameOf(topic), persist, () => this.#saved)
    if (this.#keeper) void this.#restore(this.#keeper)
    else this.#follow()
  }

  view(): Live<State> {
    const followed = this.#subscription ? followedBy(this.#subscription) : notFollowed
    return {
      ...followed,
      caughtUp: followed.caughtUp && this.#isCurrent,
      error: followed.error ?? this.#failure,
      state: this.#state,
    }
  }

  stop(purge: boolean): void {
    this.#stopped = true
    this.#keeper?.stop(purge)
    this.#cancelReload?.()
    this.#subscription?.unsubscribe()
  }

  /** What was given for a former identity is not this one's (D10). */
  #takeInitial(): void {
    const { initial, cursor, identity } = this.#giver()
    if (initial === undefined || identity !== identityChanges(this.#subscriber)) return
    this.#state = initial
    if (cursor === undefined) return
    // One that is none is no cause to show nothing: another state is loaded.
    this.#attempt(() => {
      this.#from = encodeCursor(cursor === 'start' ? { seq: 0 } : decodeCursor(cursor))
      this.#isCurrent = true
    })
  }

  get #saved(): Saved<State> | undefined {
    const cursor = this.#ahead ? encodeCursor(this.#ahead) : this.#subscription?.cursor
    const state = this.#state
    return this.#isCurrent && state !== undefined && cursor !== undefined ? { state, cursor } : undefined
  }

  async #restore(keeper: Keeper<State>): Promise<void> {
    const stored = await keeper.restore()
    if (this.#stopped) return
    this.#attempt(() => {
      const order = stored && this.#from ? compareCursors(stored.cursor, this.#from) : 1
      if (stored && order !== undefined && order > 0) this.#goOnFrom(stored.state, stored.cursor)
      this.#follow()
    })
  }

  /** Nobody is there any more to whom it could be thrown: shows what went wrong. */
  #attempt(follow: () => void): void {
    try {
      follow()
    } catch (cause) {
      this.#failure = isSteadywireError(cause) ? cause : this.#failed('load_failed', 'following', cause)
      if (this.#failure.code !== 'closed') tellConsole(this.#failure)
      this.#changed()
    }
  }

  #goOnFrom(state: State, cursor: Cursor): void {
    this.#state = state
    this.#isCurrent = true
    this.#from = cursor
    this.#ahead = undefined
  }

  #follow(): void {
    const { types } = this.#rules
    this.#subscription?.unsubscribe()
    this.#subscription = this.#subscriber.subscribe<T, Type>(this.#topic, {
      from: this.#from ?? 'now',
      ...(types && { types }),
      gap: () => {
        this.#isCurrent = false
      },
      load: (context) => this.#load(context),
      event: (event) => this.#event(event),
      attached: this.#changed,
      status: this.#changed,
    })
    this.#changed()
  }

  async #load(context: LoadContext): Promise<void> {
    if (this.#isCurrent) return
    try {
      const loaded = await this.#giver().load(context)
      if (!context.signal.aborted) this.#join(loaded, context.at)
    } catch (cause) {
      if (context.signal.aborted) return
      this.#failure = this.#failed('load_failed', 'load', cause)
      this.#changed()
      throw cause
    }
  }

  /** Puts what was loaded and the stream, which goes on after `at`, together. */
  #join({ state, cursor }: Loaded<State>, at: Position): void {
    const position = cursor === undefined ? undefined : decodeCursor(cursor)
    const lost = this.#lost
    if (position && lost && position.epoch === lost.epoch && position.seq < lost.seq)
      throw this.#tooOld(`event ${lost.seq}, which \`reduce\` threw on, is not in the state yet`)
    const isBehind = position !== undefined && isBefore(position, at)
    if (isBehind && cursor === this.#from)
      throw this.#tooOld(`its cursor ${cursor} is before what the log still has, ${encodeCursor(at)}`)
    this.#lost = undefined
    this.#failure = undefined
    this.#cancelReload?.()
    if (isBehind) {
      // What lies between is read from the log.
      this.#goOnFrom(state, cursor as Cursor)
      this.#follow()
    } else {
      this.#state = state
      this.#isCurrent = true
      this.#ahead = position
    }
    this.#noted()
  }

  #event(event: EventOf<T, Type>): void {
    // It is in what will be loaded.
    if (this.#lost) return
    const ahead = this.#ahead
    if (ahead && event.epoch === ahead.epoch && event.seq <= ahead.seq) return
    this.#ahead = undefined
    try {
      this.#state = this.#rules.reduce(this.#state as State, event)
    } catch (cause) {
      this.#lost = event
      this.#failure = this.#failed('handler_failed', 'reduce', cause)
      this.#loadAnew()
      throw this.#failure
    }
    this.#noted()
  }

  /** A state that lacks an event is not gone on with; a `reduce` that throws at everything does not have it loaded without a pause. */
  #loadAnew(): void {
    const { clock } = this.#subscriber
    const now = clock.now()
    this.#failures = now - this.#failedAt < calmMs ? this.#failures + 1 : 0
    this.#failedAt = now
    this.#isCurrent = false
    this.#from = undefined
    this.#ahead = undefined
    this.#changed()
    this.#cancelReload?.()
    this.#cancelReload = clock.after(backoffDelay(reloadDelays, this.#failures, 0), () =>
      this.#attempt(() => this.#follow()),
    )
  }

  #noted(): void {
    this.#keeper?.note()
    this.#changed()
  }

  #failed(code: 'load_failed' | 'handler_failed', what: string, cause: unknown): SteadywireError {
    const topic = nameOf(this.#topic)
    return new SteadywireError(code, `${what} of ${topic}: ${messageOf(cause)}`, {
      topic,
      cause,
      hint: 'The state is loaded anew until it works; events wait. See cause.',
    })
  }

  #tooOld(why: string): SteadywireError {
    const hint = 'Ask for the head of the same log first, then read the state.'
    return new SteadywireError('load_failed', `what was loaded is too old: ${why}`, {
      topic: nameOf(this.#topic),
      hint,
    })
  }
}

/** Whether events between `a` and `b` are missing. On a wire without positions there is nothing to compare with. */
function isBefore(a: Position, b: Position): boolean {
  return Boolean(b.epoch) && (a.epoch !== b.epoch || a.seq < b.seq)
}

function nameOf(topic: TopicLike): string {
  return typeof topic === 'string' ? topic : topic.name
}
