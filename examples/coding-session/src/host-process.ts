// The process of a server, of the worker, or of both.
import { createServer } from 'node:http'
import { messageOf, type Transport, wireError } from '@steadywire/core'
import { redisLog } from '@steadywire/log-redis'
import { createGateway, type EventLog, memoryLog } from '@steadywire/server'
import { socketioServer } from '@steadywire/socketio/server'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { supabase } from '@steadywire/supabase'
import { Server } from 'socket.io'
import { type Message, type Project, receive, send } from './messages.ts'
import { runWorker } from './worker.ts'

type Told<Kind extends Message['kind']> = Extract<Message, { readonly kind: Kind }>

const stopped = new AbortController()
const wholes: (() => void)[] = []
const ends: (() => unknown)[] = []
let log: EventLog | undefined

function logAt(redis: string | undefined): EventLog {
  if (log) return log
  if (redis === undefined) log = memoryLog({ retention: {} })
  else {
    const shared = redisLog({ redis })
    ends.push(() => shared.close())
    log = shared
  }
  return log
}

function serve({ redis }: Told<'serve'>): void {
  const gateway = createGateway({ log: logAt(redis), authorise: 'anyone', heartbeatMs: 5000 })
  const server = createServer(toNode(sseHandler({ gateway, basePath: '/events' })))
  socketioServer(new Server(server), { gateway })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address) send(process, { kind: 'listening', port: address.port })
  })
  ends.unshift(async () => {
    await gateway.close({ graceMs: 0 })
    server.close()
    server.closeAllConnections()
  })
}

async function work({ options, redis, project }: Told<'work'>): Promise<void> {
  const breakSomething = () =>
    new Promise<void>((resolve) => {
      wholes.push(resolve)
      send(process, { kind: 'break' })
    })
  // The worker is a backend: it has the secret key.
  const to = project ? whileWanted(supabase({ url: urlOf(project), key: project.secretKey })) : logAt(redis)
  const records = await runWorker({ to, options, breakSomething, signal: stopped.signal })
  send(process, { kind: 'emitted', records: [...records] })
}

const urlOf = ({ port }: Project) => `http://127.0.0.1:${port}`

/** The log may be gone before this process, if the main process died: then nothing is tried again. */
function whileWanted(transport: Transport): Transport {
  return {
    ...transport,
    async connect(context) {
      if (!process.connected) throw wireError('refused', 'closed', 'The session is over')
      return transport.connect(context)
    },
  }
}

/** The main process ends the rest when this one is gone. */
function failed(thrown: unknown): void {
  if (process.connected) console.error(`The worker failed: ${messageOf(thrown)}`)
  process.exit(1)
}

function stopWork(): void {
  stopped.abort()
  for (const whole of wholes.splice(0)) whole()
}

receive(process, (message) => {
  if (message.kind === 'serve') serve(message)
  else if (message.kind === 'work') work(message).catch(failed)
  else if (message.kind === 'whole') wholes.shift()?.()
  else if (message.kind === 'stop') stopWork()
})
// The main process decides when to stop, also on Ctrl-C, and takes this one along if it dies.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('SIGTERM', () => process.disconnect())
process.once('disconnect', async () => {
  stopWork()
  for (const end of ends) await end()
})
