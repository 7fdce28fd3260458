import {
  type Clock,
  type ConnectionStatus,
  type createSubscriber,
  memoryCursors,
  type Observation,
  type Position,
  type Subscriber,
  type SubscriberOptions,
  type Transport,
  type WireItem,
  wireError,
} from '@steadywire/core'
import {
  createFakeClock,
  createTestLog,
  createTestTransport,
  seededRandom,
  type TestLog,
} from '@steadywire/core/testing'
import { createOracle, isHidden, type Life, Violation } from './oracle.ts'
import type { Step } from './schedule.ts'

const topic = 'sim:1'
const nodes = 2
const cursorKey = `/viewer/${topic}`

/** The part of the core that is simulated; a planted bug is another one. */
export interface Subject {
  readonly createSubscriber: typeof createSubscriber
}

export interface World {
  run(step: Step): Promise<void>
  /** Ends all faults and gives everything its time; then the stream must be whole. */
  settle(): Promise<void>
}

/**
 * One log, two nodes that serve it, one subscriber process after the other, and everything that can go wrong.
 * What happens is written to `trace`, stage by stage; only the last lines are kept.
 */
export function createWorld(subject: Subject, seed: number, trace: string[]): World {
  const clock = createFakeClock()
  const random = seededRandom(seed)
  const log = createTestLog(() => clock.wall())
  const oracle = createOracle()
  const cursors = memoryCursors()
  const frozen: (Pick<TestLog, 'read'> | undefined)[] = Array.from({ length: nodes })
  const noise = { lose: 0, repeat: 0, reorder: 0 }
  const conditions = { stalled: false, offline: false, forbidden: false }
  const refused = new Set<string | undefined>()
  let held: WireItem[] = []
  let node = 0
  let emitted = 0
  let tokens = 1
  let accepted: string | undefined
  let slow = false
  let throwing = 0
  let failingLoads = 0
  let failure: unknown
  let process:
    | {
        readonly life: Life
        readonly subscriber: Subscriber
        readonly suspend: (reason: 'offline' | 'background', on: boolean) => void
      }
    | undefined

  function note(line: string): void {
    trace.push(`${(clock.now() / 1000).toFixed(3).padStart(9)}s ${line}`)
    if (trace.length > 400) trace.shift()
  }

  log.listen((_, events) => {
    const [first] = events
    if (!first) return
    const before =
      first.seq > 1 ? log.read(topic, { last: true, limit: 1, before: first.seq }).events[0]?.id : undefined
    oracle.appended(events, before ?? lastIds.get(first.seq - 1))
    for (const { seq, id } of events) lastIds.set(seq, id)
  })
  const lastIds = new Map<number, string>()

  const wires = frozen.map((_, index) =>
    createTestTransport(
      { ...log, read: (name, range) => (frozen[index] ?? log).read(name, range) },
      clock,
      {
        latency: () => 1 + Math.floor(random() * 40),
        live: (items) => (frozen[index] ? [] : items.flatMap(disturb)),
        visible: ({ id }) => !isHidden(id),
        refusal(token) {
          if (conditions.offline) return wireError('retry', 'unavailable', 'offline')
          if (refused.has(token)) return wireError('auth', 'unauthenticated', 'expired', { token: token ?? '' })
          accepted = token
          return undefined
        },
        topicRefusal: () => (conditions.forbidden ? wireError('retry', 'unavailable', 'not now') : undefined),
        get stalled() {
          return conditions.stalled
        },
      },
      5000,
    ),
  )

  function disturb(item: WireItem): readonly (readonly WireItem[])[] {
    if (random() < noise.lose) return []
    if (random() < noise.reorder) {
      held.push(item)
      return []
    }
    const late = held
    held = []
    const now = random() < noise.repeat ? [[item], [item]] : [[item]]
    return [...now, ...late.map((one) => [one])]
  }

  const transport: Transport = {
    name: 'simulated',
    capabilities: { positions: true, heads: true, append: true, renew: true },
    connect: (context) => (wires[node] as (typeof wires)[number]).transport.connect(context),
  }

  function guard(run: () => unknown): unknown {
    try {
      return run()
    } catch (error) {
      failure ??= error
      return undefined
    }
  }

  async function start(): Promise<void> {
    let suspend = (_: 'offline' | 'background', __: boolean): void => {}
    let over = false
    const life = oracle.begin(await cursors.get(cursorKey))
    let timers = 0
    const counted: Clock = {
      ...clock,
      after(ms, task) {
        let open = true
        const done = (): void => {
          if (open) timers -= 1
          open = false
        }
        timers += 1
        const cancel = clock.after(ms, () => {
          done()
          task()
        })
        return () => {
          done()
          cancel()
        }
      },
    }
    const options: SubscriberOptions<Transport> = {
      transport,
      clock: counted,
      random,
      cursors,
      identity: { token: ({ refresh }) => `token-${refresh ? ++tokens : tokens}` },
      lifecycle: {
        watch(on) {
          suspend = (reason, suspended) => on[suspended ? 'suspended' : 'resumed'](reason)
          return () => {}
        },
      },
      // An observed subscription takes no short cuts; half of the worlds shall.
      ...(seed % 2 === 0 && { observe: (record: Observation) => note(describe(record)) }),
    }
    const subscriber = subject.createSubscriber(options)
    subscriber.on('error', () => {})
    process = { life, subscriber, suspend: (reason, on) => suspend(reason, on) }
    subscriptionOf(subscriber, life, () => over)
    stop = async (gracefully) => {
      over = true
      const closing = subscriber.close()
      if (gracefully) await closing
      // A crash waits for nothing; closing only frees what the dead process held.
      process = undefined
      if (gracefully && timers > 0) throw new Violation('C7', `${timers} timers were left behind`)
    }
  }
  let stop = async (_gracefully: boolean): Promise<void> => {}

  function subscriptionOf(subscriber: Subscriber, life: Life, isOver: () => boolean): void {
    subscriber.subscribe(topic, {
      from: 'start',
      name: 'viewer',
      buffer: 5,
      event: (event) =>
        guard(() => {
          if (isOver()) throw new Violation('D9', 'a callback started after the end')
          note(`event ${event.seq} (${event.id})`)
          life.event(event)
          if (slow)
            return new Promise<void>((resolve) =>
              clock.after(200, () => {
                life.handled(event)
                resolve()
              }),
            )
          life.handled(event)
          if (throwing === 0) return undefined
          throwing -= 1
          return Promise.reject(new Error('the handler throws'))
        }),
      gap: (gap) => guard(() => life.gap(gap)),
      load({ at }) {
        if (failingLoads === 0) return life.loaded(at)
        failingLoads -= 1
        throw new Error('the load fails')
      },
    })
  }

  function head(): Position {
    const { epoch, head: seq } = log.read(topic, { limit: 0, last: true })
    return { seq, ...(epoch !== undefined && { epoch }) }
  }

  function switchNode(): void {
    node = (node + 1) % nodes
    for (const wire of wires) wire.cut()
  }

  async function run(step: Step): Promise<void> {
    if (!process) await start()
    note(`· ${JSON.stringify(step)}`)
    switch (step.do) {
      case 'emit':
        for (let n = 0; n < step.count; n += 1)
          log.append(topic, [{ id: `event-${(++emitted).toString(36).padStart(8, '0')}`, type: 'tick', data: emitted }])
        break
      case 'wait':
        await clock.advance(step.ms)
        break
      case 'cut':
        for (const wire of wires) wire.cut()
        break
      case 'switchNode':
        switchNode()
        break
      case 'expireToken':
        if (accepted === undefined) break
        refused.add(accepted)
        for (const wire of wires) wire.cut(wireError('auth', 'unauthenticated', 'expired', { token: accepted }))
        break
      case 'crash':
        await stop(false)
        await start()
        break
      case 'restartSubscription':
        await stop(true)
        await start()
        break
      case 'restartLog':
        log.restart()
        lastIds.clear()
        break
      case 'handlerThrows':
        throwing += 1
        break
      case 'loadFails':
        failingLoads += 1
        break
      case 'freezeNode': {
        const index = node
        if (frozen[index]) break
        frozen[index] = log.snapshot()
        clock.after(step.ms, () => {
          frozen[index] = undefined
          note(`· node ${index} thaws`)
        })
        break
      }
      case 'stall':
        conditions.stalled = step.on
        break
      case 'forbid':
        conditions.forbidden = step.on
        break
      case 'slowHandler':
        slow = step.on
        break
      case 'offline':
      case 'background':
        if (step.do === 'offline') conditions.offline = step.on
        process?.suspend(step.do, step.on)
        break
      case 'noise':
        Object.assign(noise, { lose: step.lose, repeat: step.repeat, reorder: step.reorder })
        break
      case 'trim': {
        const upTo = Math.max(0, head().seq - step.keep)
        log.trim(topic, upTo)
        oracle.trimmed(log.epoch, upTo)
        break
      }
      case 'rewind': {
        const to = Math.max(0, head().seq - step.keep)
        if (to === head().seq) break
        log.rewind(to)
        oracle.rewound(log.epoch, to)
        break
      }
      case 'jumpClock':
        clock.jumpWall(step.ms)
        break
    }
    await clock.settle()
    if (failure) throw failure
  }

  return {
    run,
    async settle() {
      if (!process) await start()
      Object.assign(noise, { lose: 0, repeat: 0, reorder: 0 })
      Object.assign(conditions, { stalled: false, offline: false, forbidden: false })
      slow = false
      note('· everything is healed')
      process?.suspend('offline', false)
      process?.suspend('background', false)
      await clock.advance(40_000)
      expectRecoverable(process?.subscriber.connection)
      process?.subscriber.retry()
      await clock.advance(40_000)
      if (failure) throw failure
      process?.life.settle(head(), await cursors.get(cursorKey))
      await run({ do: 'emit', count: 2 })
      await clock.advance(20_000)
      if (failure) throw failure
      process?.life.settle(head(), await cursors.get(cursorKey))
      await stop(true)
    },
  }
}

/** Tokens can always be refreshed here, so only used-up attempts may end the tries. */
function expectRecoverable(connection: ConnectionStatus | undefined): void {
  if (connection?.state === 'failed' && connection.error?.kind !== 'retry')
    throw new Violation('C5', `the connection failed for good: ${connection.error?.message}`)
}

function describe(record: Observation): string {
  switch (record.kind) {
    case 'event':
      return `${record.stage} ${record.seq} (${record.id})`
    case 'gap':
      return `gap ${record.gap.reason} ${record.gap.from.epoch}/${record.gap.from.seq} → ${record.gap.to.epoch}/${record.gap.to.seq}`
    case 'error':
      return `error ${record.error.code}: ${record.error.message}`
    default:
      return `${record.kind} ${record.from} → ${record.to}`
  }
}
