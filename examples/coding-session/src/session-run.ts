import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { receive, send } from './messages.ts'
import type { Network } from './network.ts'
import type { Options } from './options.ts'
import { start } from './processes.ts'
import { seeded } from './random.ts'
import type { EventRecord } from './record.ts'

export interface SessionRun {
  readonly network: Network
  readonly options: Options
  readonly sessionId: string
  /** Told what the worker emitted, soon after. */
  placed?(records: readonly EventRecord[]): void
  readonly signal: AbortSignal
}

/** How long the viewer stays online before the next break: a connection must have been one. */
const betweenBreaksMs = 200

/** After Ctrl-C: the command is ended, what it said arrives, and the verdict is given; or it takes too long. */
const graceMs = 5000

/** One session, from its start to the verdict of a viewer in a process of its own. Answers the exit code. */
export async function runSession({ network, options, sessionId, placed, signal }: SessionRun): Promise<number> {
  const { servers, wires } = network
  const { worker, redis, project } = servers
  const viewer = start('./viewer-process.ts')
  const random = seeded(options.seed)
  const breaks = shuffled([...times(options.cut, 'cut' as const), ...times(options.kill, 'kill' as const)], random)
  let online: { readonly wire: number } | undefined
  let wake = (): void => {}
  let begun = false

  const kill = () => {
    for (const child of [viewer, worker]) child.kill('SIGTERM')
  }
  let overdue: NodeJS.Timeout | undefined
  const stop = () => {
    if (!begun) return kill()
    send(worker, { kind: 'stop' })
    // What was said is still to arrive.
    if (!network.up) void network.revive()
    overdue = setTimeout(kill, graceMs)
  }
  // Ctrl-C may have come while the servers started.
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)

  const backOnline = async () => {
    while (!online && !signal.aborted)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }

  /** Resolves when all is whole, and the viewer online. */
  async function breakNext(): Promise<void> {
    if (breaks.pop() === 'cut') {
      online = undefined
      for (const wire of [...wires, ...network.pageWires]) wire.reset()
    } else if (options.transport === 'failover') {
      const wire = wires[online?.wire ?? 0]
      online = undefined
      wire?.refuse(true)
      wire?.reset()
      await backOnline()
      wire?.refuse(false)
    } else {
      await network.crash(random)
      await network.revive()
    }
    await backOnline()
    await wait(betweenBreaksMs)
  }

  const ignoreWorker = receive(worker, async (message) => {
    if (message.kind === 'placed') placed?.(message.records)
    // While a server is down, nothing comes for as long as somebody likes.
    if (message.kind === 'emitted') void network.whenUp().then(() => send(viewer, message))
    if (message.kind !== 'break') return
    await breakNext()
    send(worker, { kind: 'whole' })
  })
  receive(viewer, (message) => {
    if (message.kind === 'offline') online = undefined
    if (message.kind !== 'online') return
    online = message
    wake()
    if (!begun) send(worker, { kind: 'work', options, sessionId, redis, project })
    begun = true
  })
  const urls = wires.map(({ port }) => `http://127.0.0.1:${port}`)
  send(viewer, { kind: 'view', options, sessionId, urls, project })
  const endViewer = () => void (viewer.connected && viewer.kill('SIGTERM'))
  worker.once('exit', endViewer)
  const [code] = await once(viewer, 'exit')
  clearTimeout(overdue)
  ignoreWorker()
  worker.off('exit', endViewer)
  signal.removeEventListener('abort', stop)
  return signal.aborted ? 130 : (code ?? 1)
}

function times<T>(count: number, what: T): readonly T[] {
  return new Array<T>(count).fill(what)
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
