import type {
  Clock,
  CursorStore,
  createSubscriber,
  Observe,
  Random,
  Subscriber,
  SubscriberOptions,
  Transport,
} from '@steadywire/core'
import { createCountingClock } from '../counting-clock.ts'
import { type Life, type Oracle, Violation } from './oracle.ts'

export const topic = 'sim:1'
/** The key that the app's one subscription has in the cursor store. */
export const cursorKey = `/viewer/${topic}`

/** The part of the core that is simulated; a planted bug is another one. */
export interface Subject {
  readonly createSubscriber: typeof createSubscriber
}

/** What an app lives on. */
export interface Surroundings {
  readonly clock: Clock
  readonly random: Random
  readonly cursors: CursorStore
  readonly transport: Transport
  readonly oracle: Oracle
  /** How its handlers are just now. `throwing`, `failingLoads`: how many of the next ones fail. */
  readonly handlers: { slow: boolean; throwing: number; failingLoads: number }
  readonly token: (ask: { readonly refresh: boolean }) => string
  readonly observe: Observe | undefined
  note(line: string): void
  /** The oracle found something. */
  violated(violation: unknown): void
}

/** One process of the app: a subscriber with one subscription, judged by the oracle. */
export interface App {
  readonly life: Life
  readonly subscriber: Subscriber
  suspend(reason: 'offline' | 'background', on: boolean): void
  /** `gracefully`: waits for the end, and checks that no timer is left. A crash waits for nothing. */
  stop(gracefully: boolean): Promise<void>
}

export async function startApp(subject: Subject, surroundings: Surroundings): Promise<App> {
  const { clock, random, cursors, transport, oracle, handlers, token, observe, note, violated } = surroundings
  const life = oracle.begin(await cursors.get(cursorKey))
  const counted = createCountingClock(clock)
  let suspend: App['suspend'] = () => {}
  let over = false
  const options: SubscriberOptions<Transport> = {
    transport,
    clock: counted,
    random,
    cursors,
    identity: { token },
    lifecycle: {
      watch(on) {
        suspend = (reason, suspended) => on[suspended ? 'suspended' : 'resumed'](reason)
        return () => {}
      },
    },
    ...(observe && { observe }),
  }
  const subscriber = subject.createSubscriber(options)
  subscriber.on('error', () => {})

  function judged(run: () => unknown): unknown {
    try {
      return run()
    } catch (error) {
      violated(error)
      return undefined
    }
  }

  subscriber.subscribe(topic, {
    from: 'start',
    name: 'viewer',
    buffer: 5,
    event: (event) =>
      judged(() => {
        if (over) throw new Violation('D9', 'a callback started after the end')
        note(`event ${event.seq} (${event.id})`)
        life.event(event)
        if (handlers.slow)
          return new Promise<void>((resolve) =>
            clock.after(200, () => {
              life.handled(event)
              resolve()
            }),
          )
        life.handled(event)
        if (handlers.throwing === 0) return undefined
        handlers.throwing -= 1
        return Promise.reject(new Error('the handler throws'))
      }),
    gap: (gap) => judged(() => life.gap(gap)),
    load({ at }) {
      if (handlers.failingLoads === 0) return life.loaded(at)
      handlers.failingLoads -= 1
      throw new Error('the load fails')
    },
  })

  return {
    life,
    subscriber,
    suspend: (reason, on) => suspend(reason, on),
    async stop(gracefully) {
      over = true
      const closing = subscriber.close()
      // A crash waits for nothing; closing only frees what the dead process held.
      if (!gracefully) return
      await closing
      if (counted.pending > 0) throw new Violation('C7', `${counted.pending} timers were left behind`)
    },
  }
}
