import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTcpProxy } from '@steadywire/conformance/faults'
import { receive, send } from './messages.ts'
import type { Options } from './options.ts'

/** How long the viewer stays online before the next cut: a connection must have been one. */
const betweenCutsMs = 200

/** After Ctrl-C: the command is ended, what it said arrives, and the verdict is given; or it takes too long. */
const graceMs = 5000

/** Server and worker in one process, the viewer in another, and between them a proxy that can cut the wire. */
export async function runOverNetwork(options: Options, signal: AbortSignal): Promise<number> {
  const proxy = await createTcpProxy()
  const host = start('./host-process.ts')
  const viewer = start('./viewer-process.ts')
  const kill = () => {
    for (const child of [viewer, host]) child.kill('SIGTERM')
  }
  let online = 0
  let overdue: NodeJS.Timeout | undefined
  signal.addEventListener('abort', () => {
    if (online === 0) return kill()
    send(host, { kind: 'stop' })
    overdue = setTimeout(kill, graceMs)
  })

  receive(host, (message) => {
    if (message.kind === 'listening') {
      proxy.target(message.port)
      send(viewer, { kind: 'view', options, url: `http://127.0.0.1:${proxy.port}/events` })
    } else if (message.kind === 'cut') proxy.reset()
    else if (message.kind === 'emitted') send(viewer, message)
  })
  receive(viewer, async (message) => {
    if (message.kind !== 'online') return
    online++
    if (online === 1) return send(host, { kind: 'work' })
    await wait(betweenCutsMs)
    send(host, { kind: 'back' })
  })
  send(host, { kind: 'serve', options })
  const hostEnded = once(host, 'exit')
  void hostEnded.then(() => viewer.connected && viewer.kill('SIGTERM'))
  const [code] = await once(viewer, 'exit')
  clearTimeout(overdue)
  if (host.connected) host.disconnect()
  await hostEnded
  await proxy.close()
  return signal.aborted ? 130 : (code ?? 1)
}

function start(file: string): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: ['--conditions=@steadywire/source'] })
}
