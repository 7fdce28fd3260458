// The process of the viewer.
import { sse } from '@steadywire/sse'
import { receive, send } from './messages.ts'
import { startViewer } from './viewer.ts'

let viewer: ReturnType<typeof startViewer> | undefined

receive(process, async (message) => {
  if (message.kind === 'view') {
    const { options, url } = message
    viewer = startViewer({ transport: sse({ url }), options, online: () => send(process, { kind: 'online' }) })
  } else if (message.kind === 'emitted' && viewer) {
    process.exitCode = await viewer.finish(message.records)
    process.disconnect()
  }
})
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('disconnect', () => process.exit())
