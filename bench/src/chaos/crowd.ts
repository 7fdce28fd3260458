// Half of the clients: whole subscribers, each on a connection of its own.
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { createSubscriber, type Subscriber, type Transport } from '@steadywire/core'
import { socketio } from '@steadywire/socketio'
import { sse } from '@steadywire/sse'
import { sharedNow } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { heapInUse } from '../process.ts'
import { type Account, createLedger, newAccount } from './ledger.ts'
import { topicOf } from './scene.ts'

interface Client {
  readonly topic: number
  readonly account: Account
  readonly subscriber: Subscriber
}

const ledger = createLedger()
const clients: Client[] = []
const stuck = new Set<Socket>()

/** Every other client by SSE, the others by Socket.IO. */
function transportOf(index: number, port: number): Transport {
  const url = `http://127.0.0.1:${port}`
  return index % 2 === 0 ? sse({ url: `${url}/events` }) : socketio({ url, transports: ['websocket'] })
}

function open(index: number, port: number, topics: number): Client {
  const topic = index % topics
  const account = newAccount()
  const subscriber = createSubscriber({
    transport: transportOf(Math.floor(index / topics), port),
    backoff: { maxAttempts: Number.POSITIVE_INFINITY },
  })
  // A client that is told "never again" while servers come and go was told wrong.
  subscriber.on('error', ({ kind }) => kind !== 'retry' && ledger.error())
  subscriber.subscribe(topicOf(topic), {
    from: 'start',
    event({ data }) {
      const { n, at } = data as { readonly n: number; readonly at: number }
      ledger.deliver(account, n, sharedNow() - at)
    },
    gap: (gap) => ledger.gap(account, gap),
  })
  return { topic, account, subscriber }
}

answerCommands({
  /** Clients `first` to `first + count - 1`, spread over the topics; answers when all are online. */
  async open(port = 0, first = 0, count = 0, topics = 1) {
    for (let index = first; index < first + count; index++) {
      clients.push(open(index, port, topics))
      if (index % 50 === 49) while (clients.at(-50)?.subscriber.state !== 'online') await setTimeout(5)
    }
    while (clients.some(({ subscriber }) => subscriber.state !== 'online')) await setTimeout(20)
    return []
  },
  figures: () => [clients.filter(({ subscriber }) => subscriber.state === 'online').length, ...ledger.figures()],
  waits: () => ledger.takeWaits(),
  heap: async () => [await heapInUse()],
  /** Connections that ask for a busy stream and never read it. */
  fill(port = 0, count = 0) {
    for (let index = 0; index < count; index++) {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`GET /events/topics/${topicOf(0)}?from=start HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
        socket.pause()
      })
      socket.on('error', () => {})
      socket.on('close', () => stuck.delete(socket))
      stuck.add(socket)
    }
    return []
  },
  /** Waits until every client has the last event of its topic; answers how many events are missing then. */
  async missing(patienceMs = 0, ...finals: readonly number[]) {
    const behind = () => clients.filter(({ account, topic }) => account.last < (finals[topic] ?? 0))
    for (let waited = 0; waited < patienceMs && behind().length > 0; waited += 50) await setTimeout(50)
    return [behind().reduce((sum, { account, topic }) => sum + (finals[topic] ?? 0) - account.last, 0)]
  },
  async leave() {
    for (const socket of stuck) socket.destroy()
    await Promise.all(clients.map(({ subscriber }) => subscriber.close()))
    return []
  },
})
