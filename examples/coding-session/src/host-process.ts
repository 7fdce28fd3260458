// The process of the server and the worker.
import { createServer } from 'node:http'
import { createGateway, memoryLog } from '@steadywire/server'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { type Message, receive, send } from './messages.ts'
import type { Options } from './options.ts'
import { runWorker } from './worker.ts'

const log = memoryLog({ retention: {} })
const gateway = createGateway({ log, authorise: 'anyone', heartbeatMs: 5000 })
const server = createServer(toNode(sseHandler({ gateway })))
const stopped = new AbortController()
const backs: (() => void)[] = []
let options: Options | undefined

async function work(chosen: Options): Promise<void> {
  const cut = () =>
    new Promise<void>((resolve) => {
      backs.push(resolve)
      send(process, { kind: 'cut' })
    })
  const records = await runWorker({ to: log, options: chosen, cut, signal: stopped.signal })
  send(process, { kind: 'emitted', records: [...records] })
}

function handle(message: Message): void {
  if (message.kind === 'serve') {
    options = message.options
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address) send(process, { kind: 'listening', port: address.port })
    })
  } else if (message.kind === 'work' && options) void work(options)
  else if (message.kind === 'back') backs.shift()?.()
  else if (message.kind === 'stop') stopWork()
}

function stopWork(): void {
  stopped.abort()
  for (const back of backs.splice(0)) back()
}

async function stop(): Promise<void> {
  stopWork()
  await gateway.close({ graceMs: 0 })
  server.close()
  server.closeAllConnections()
}

receive(process, handle)
// The main process decides when to stop, also on Ctrl-C, and takes this one along if it dies.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('SIGTERM', () => process.disconnect())
process.once('disconnect', () => void stop())
