import {
  createSubscriber,
  type FailoverOptions,
  failover,
  type LifecycleEvents,
  type WireError,
  wireError,
} from '../src/index.ts'
import { createFakeClock, createTestLog, createTestTransport, seededRandom } from '../src/testing/index.ts'

export const down = wireError('retry', 'unavailable', 'down')

export interface SetUpOptions extends FailoverOptions {
  /** One for both wires, or one for each. */
  readonly logs?: 1 | 2
  /** The second wire's log follows the first one so much later, ms: one log, and a node that lags. */
  readonly lagMs?: () => number
}

/** Two wires, over one log or over one each, and an app that follows a topic. */
export function setUp({ lagMs, logs: count = lagMs ? 2 : 1, ...options }: SetUpOptions = {}) {
  const clock = createFakeClock()
  const random = seededRandom(1)
  const logs = [createTestLog(() => clock.wall()), createTestLog(() => clock.wall())]
  const wires = [0, 1].map((place) => {
    const state = { refusal: undefined as WireError | undefined, stalled: false, tried: 0, opened: 0, open: 0 }
    const log = logs[count === 2 ? place : 0] as (typeof logs)[number]
    const wire = createTestTransport(
      log,
      clock,
      {
        latency: () => 5,
        live: (items) => [items],
        refusal() {
          if (!state.refusal) state.opened++
          return state.refusal
        },
        topicRefusal: () => undefined,
        visible: () => true,
        get stalled() {
          return state.stalled
        },
      },
      1000,
    )
    const { connect } = wire.transport
    wire.transport.connect = async (context) => {
      state.tried++
      const connection = await connect(context)
      state.open++
      void connection.closed.then(() => state.open--)
      return connection
    }
    return Object.assign(state, wire, { log })
  }) as [Wire, Wire]
  type Wire = {
    refusal: WireError | undefined
    stalled: boolean
    tried: number
    opened: number
    open: number
  } & ReturnType<typeof createTestTransport> & { readonly log: (typeof logs)[number] }

  const transport = failover(
    wires.map((wire) => wire.transport),
    { sameLog: true, ...options, clock, random },
  )
  let lifecycle: LifecycleEvents | undefined
  const subscriber = createSubscriber({
    transport,
    clock,
    random,
    lifecycle: {
      watch(on) {
        lifecycle = on
        return () => {}
      },
    },
  })
  const told: unknown[] = []
  const errors: string[] = []
  subscriber.on('error', ({ message }) => errors.push(message))
  subscriber.subscribe('job:1', {
    from: 'start',
    event: ({ data }) => void told.push(data),
    gap: ({ reason }) => void told.push(reason),
  })
  let emitted = 0
  let lagged = 0
  const emit = (count: number, log = wires[0].log): void => {
    for (let index = 0; index < count; index++) {
      emitted++
      const drafts = [{ id: `event-number-${emitted}`, type: 'x', data: emitted }]
      log.append('job:1', drafts)
      if (!lagMs) continue
      lagged = Math.max(lagged, clock.now() + lagMs())
      clock.after(lagged - clock.now(), () => wires[1].log.append('job:1', drafts))
    }
  }
  const die = (wire: Wire, why = down): void => {
    wire.refusal = why
    wire.cut()
  }
  const all = (): number[] => Array.from({ length: emitted }, (_, index) => index + 1)
  const suspend = (): void => lifecycle?.suspended('background')
  const resume = (): void => lifecycle?.resumed('background')
  return { suspend, resume, clock, log: wires[0].log, wires, transport, subscriber, told, errors, emit, die, all }
}
