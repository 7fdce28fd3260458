import { createSubscriber, type Subscriber } from '@steadywire/core'
import { socketio } from '@steadywire/socketio'
import { io } from 'socket.io-client'
import { topic } from './events.ts'
import { breakOff, type Seen } from './sse-clients.ts'

const transports = ['websocket']

/** Ours: a subscriber over the Socket.IO adapter that is live when this resolves. */
export async function followOurs(port: number, seen: Seen, from: 'start' | 'now' = 'now'): Promise<Subscriber> {
  const subscriber = createSubscriber({ transport: socketio({ url: `http://127.0.0.1:${port}`, transports }) })
  await subscriber.subscribe(topic, { from, event: seen, gap: breakOff, error: breakOff }).ready
  return subscriber
}

/** Bare socket.io-client, on a line of its own. */
export async function followRaw(port: number, seen: Seen): Promise<void> {
  const socket = io(`http://127.0.0.1:${port}`, { transports, forceNew: true })
  socket.on('event', seen)
  await new Promise<void>((resolve) => socket.once('connect', resolve))
}
