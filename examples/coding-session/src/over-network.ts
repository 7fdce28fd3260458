import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { createTcpProxy } from '@steadywire/conformance/faults'
import { receive, send } from './messages.ts'
import type { Options } from './options.ts'
import { start } from './processes.ts'
import { seeded } from './random.ts'
import { startServers } from './servers.ts'
import { startStandIn } from './stand-in.ts'

/** How long the viewer stays online before the next break: a connection must have been one. */
const betweenBreaksMs = 200

/** After Ctrl-C: the command is ended, what it said arrives, and the verdict is given; or it takes too long. */
const graceMs = 5000

/** Servers, worker and viewer in processes of their own, and between them wires that can be cut. */
export async function runOverNetwork(options: Options, signal: AbortSignal): Promise<number> {
  const servers = await (options.transport === 'supabase' ? startStandIn(options) : startServers(options))
  const wires = await Promise.all((options.transport === 'failover' ? [0, 1] : [0]).map(() => createTcpProxy()))
  const retarget = () => {
    for (const wire of wires) wire.target(servers.port)
  }
  retarget()
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
      for (const wire of wires) wire.reset()
    } else if (options.transport === 'failover') {
      const wire = wires[online?.wire ?? 0]
      online = undefined
      wire?.refuse(true)
      wire?.reset()
      await backOnline()
      wire?.refuse(false)
    } else {
      await servers.kill(random)
      retarget()
    }
    await backOnline()
    await wait(betweenBreaksMs)
  }

  receive(worker, async (message) => {
    if (message.kind === 'emitted') send(viewer, message)
    if (message.kind !== 'break') return
    await breakNext()
    send(worker, { kind: 'whole' })
  })
  receive(viewer, (message) => {
    if (message.kind === 'offline') online = undefined
    if (message.kind !== 'online') return
    online = message
    wake()
    if (!begun) send(worker, { kind: 'work', options, redis, project })
    begun = true
  })
  send(viewer, { kind: 'view', options, urls: wires.map(({ port }) => `http://127.0.0.1:${port}`), project })
  worker.once('exit', () => viewer.connected && viewer.kill('SIGTERM'))
  const [code] = await once(viewer, 'exit')
  clearTimeout(overdue)
  await servers.close()
  await Promise.all(wires.map((wire) => wire.close()))
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
