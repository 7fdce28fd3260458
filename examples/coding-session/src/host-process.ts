// The process of a server, of the worker, or of both.
import { messageOf, type Transport, wireError } from '@steadywire/core'
import { redisLog } from '@steadywire/log-redis'
import { type EventLog, memoryLog } from '@steadywire/server'
import { supabase } from '@steadywire/supabase'
import { type EventServer, startEventServer } from './event-server.ts'
import { type Message, type Project, receive, send } from './messages.ts'
import type { EventRecord } from './record.ts'
import { runWorker } from './worker.ts'

type Told<Kind extends Message['kind']> = Extract<Message, { readonly kind: Kind }>

const stopped = new AbortController()
const wholes: (() => void)[] = []
const ends: (() => unknown)[] = []
let log: EventLog | undefined
let server: EventServer | undefined

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

async function serve({ redis, origins }: Told<'serve'>): Promise<void> {
  server = await startEventServer(logAt(redis), origins)
  send(process, { kind: 'listening', port: server.port })
}

/** Only the server: the worker, and a log in memory, live on. */
async function crash(): Promise<void> {
  await server?.crash()
  server = undefined
  send(process, { kind: 'crashed' })
}

async function work({ options, sessionId, redis, project }: Told<'work'>): Promise<void> {
  const breakSomething = () =>
    new Promise<void>((resolve) => {
      wholes.push(resolve)
      send(process, { kind: 'break' })
    })
  // The worker is a backend: it has the secret key.
  const to = project ? whileWanted(supabase({ url: urlOf(project), key: project.secretKey })) : logAt(redis)
  const placed = (records: readonly EventRecord[]) => send(process, { kind: 'placed', records: [...records] })
  const telling = options.page ? { placed } : {}
  const records = await runWorker({ to, options, sessionId, breakSomething, ...telling, signal: stopped.signal })
  send(process, { kind: 'emitted', records: [...records] })
}

const urlOf = ({ port }: Project) => `http://127.0.0.1:${port}`

/** The log may be gone before this process, if the main process died: then nothing is tried again. */
function whileWanted(transport: Transport): Transport {
  const wanted = (): void => {
    if (!process.connected) throw wireError('refused', 'closed', 'The session is over')
  }
  return {
    ...transport,
    async connect(context) {
      wanted()
      const connection = await transport.connect(context)
      const { append } = connection
      if (!append) return connection
      return {
        ...connection,
        append(...call) {
          wanted()
          return append(...call)
        },
      }
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
  if (message.kind === 'serve') serve(message).catch(failed)
  else if (message.kind === 'crash') crash().catch(failed)
  else if (message.kind === 'work') work(message).catch(failed)
  else if (message.kind === 'whole') wholes.shift()?.()
  else if (message.kind === 'stop') stopWork()
})
// The main process decides when to stop, also on Ctrl-C, and takes this one along if it dies.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('SIGTERM', () => process.disconnect())
process.once('disconnect', async () => {
  stopWork()
  await server?.close()
  for (const end of ends) await end()
})
