// The process of the viewer.
import { failover, type Transport } from '@steadywire/core'
import { socketio } from '@steadywire/socketio'
import { sse } from '@steadywire/sse'
import { receive, send } from './messages.ts'
import type { Options } from './options.ts'
import { startViewer } from './viewer.ts'

let viewer: ReturnType<typeof startViewer> | undefined

const overSse = (url: string) => sse({ url: `${url}/events` })
const overSocketio = (url: string) => socketio({ url, transports: ['websocket'] })

receive(process, async (message) => {
  if (message.kind === 'view') viewer = view(message.options, message.urls)
  else if (message.kind === 'emitted' && viewer) {
    process.exitCode = await viewer.finish(message.records)
    process.disconnect()
  }
})

function view(options: Options, [first = '', second = '']: readonly string[]) {
  const both = () => failover([overSocketio(first), overSse(second)], { sameLog: true })
  const wires = options.transport === 'failover' ? both() : undefined
  const transport: Transport = wires ?? (options.transport === 'socketio' ? overSocketio(first) : overSse(first))
  return startViewer({
    transport,
    options,
    online: () => send(process, { kind: 'online', wire: wires?.active ?? 0 }),
    offline: () => send(process, { kind: 'offline' }),
  })
}

for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('disconnect', () => process.exit())
