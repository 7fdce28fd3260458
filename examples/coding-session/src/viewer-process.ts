// The process of the viewer.
import { failover, type Transport } from '@steadywire/core'
import { socketio } from '@steadywire/socketio'
import { sse } from '@steadywire/sse'
import { supabase } from '@steadywire/supabase'
import { type Message, receive, send } from './messages.ts'
import { session } from './session.ts'
import { startViewer } from './viewer.ts'

let viewer: ReturnType<typeof startViewer> | undefined

const overSse = (url: string) => sse({ url: `${url}/events` })
const overSocketio = (url: string) => socketio({ url, transports: ['websocket'] })

receive(process, async (message) => {
  if (message.kind === 'view') viewer = view(message)
  else if (message.kind === 'emitted' && viewer) {
    process.exitCode = await viewer.finish(message.records)
    process.disconnect()
  }
})

function view({
  options,
  sessionId,
  urls: [first = '', second = ''],
  project,
}: Extract<Message, { readonly kind: 'view' }>) {
  const wires =
    options.transport === 'failover' ? failover([overSocketio(first), overSse(second)], { sameLog: true }) : undefined
  const single = (): Transport => {
    if (project) return supabase({ url: first, key: project.publishableKey, feed: options.mode ?? 'changes' })
    return options.transport === 'socketio' ? overSocketio(first) : overSse(first)
  }
  return startViewer({
    transport: wires ?? single(),
    ...(project && { identity: { subject: 'viewer', token: project.token } }),
    topic: session({ sessionId }),
    options,
    online: () => send(process, { kind: 'online', wire: wires?.active ?? 0 }),
    offline: () => send(process, { kind: 'offline' }),
  })
}

for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('disconnect', () => process.exit())
