import { type ConnectionStatus, memoryCursors, type Observation, type Position } from '@steadywire/core'
import { createFakeClock, createTestLog, seededRandom } from '@steadywire/core/testing'
import { type App, cursorKey, type Subject, startApp, topic } from './app.ts'
import { createNodes } from './nodes.ts'
import { createOracle, Violation } from './oracle.ts'
import type { Step } from './schedule.ts'

export interface World {
  run(step: Step): Promise<void>
  /** Ends all faults and gives everything its time; then the stream must be whole. */
  settle(): Promise<void>
}

/**
 * One log, two nodes that serve it, one process of the app after the other, and everything that can go wrong.
 * What happens is written to `trace`, stage by stage; only the last lines are kept.
 */
export function createWorld(subject: Subject, seed: number, trace: string[]): World {
  const clock = createFakeClock()
  const random = seededRandom(seed)
  const log = createTestLog(() => clock.wall())
  const oracle = createOracle()
  const cursors = memoryCursors()
  const handlers = { slow: false, throwing: 0, failingLoads: 0 }
  const lastIds = new Map<number, string>()
  let emitted = 0
  let tokens = 1
  let failure: unknown
  let app: App | undefined

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
  const nodes = createNodes(log, clock, random)

  function start(): Promise<App> {
    return startApp(subject, {
      clock,
      random,
      cursors,
      transport: nodes.transport,
      oracle,
      handlers,
      token: ({ refresh }) => `token-${refresh ? ++tokens : tokens}`,
      // An observed subscription takes no short cuts; half of the worlds shall.
      observe: seed % 2 === 0 ? (record) => note(describe(record)) : undefined,
      note,
      violated(violation) {
        failure ??= violation
      },
    })
  }

  function head(): Position {
    const { epoch, head: seq } = log.read(topic, { limit: 0, last: true })
    return { seq, ...(epoch !== undefined && { epoch }) }
  }

  async function run(step: Step): Promise<void> {
    app ??= await start()
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
        nodes.cut()
        break
      case 'switchNode':
        nodes.switch()
        break
      case 'expireToken':
        nodes.expireToken()
        break
      case 'crash':
        await app.stop(false)
        app = await start()
        break
      case 'restartSubscription':
        await app.stop(true)
        app = await start()
        break
      case 'restartLog':
        log.restart()
        lastIds.clear()
        break
      case 'handlerThrows':
        handlers.throwing += 1
        break
      case 'loadFails':
        handlers.failingLoads += 1
        break
      case 'freezeNode':
        nodes.freeze(step.ms, (node) => note(`· node ${node} thaws`))
        break
      case 'stall':
        nodes.conditions.stalled = step.on
        break
      case 'forbid':
        nodes.conditions.forbidden = step.on
        break
      case 'slowHandler':
        handlers.slow = step.on
        break
      case 'offline':
      case 'background':
        if (step.do === 'offline') nodes.conditions.offline = step.on
        app.suspend(step.do, step.on)
        break
      case 'noise':
        Object.assign(nodes.noise, { lose: step.lose, repeat: step.repeat, reorder: step.reorder })
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
      app ??= await start()
      Object.assign(nodes.noise, { lose: 0, repeat: 0, reorder: 0 })
      Object.assign(nodes.conditions, { stalled: false, offline: false, forbidden: false })
      handlers.slow = false
      note('· everything is healed')
      app.suspend('offline', false)
      app.suspend('background', false)
      await clock.advance(40_000)
      expectRecoverable(app.subscriber.connection)
      app.subscriber.retry()
      await clock.advance(40_000)
      if (failure) throw failure
      app.life.settle(head(), await cursors.get(cursorKey))
      await run({ do: 'emit', count: 2 })
      await clock.advance(20_000)
      if (failure) throw failure
      app.life.settle(head(), await cursors.get(cursorKey))
      await app.stop(true)
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
