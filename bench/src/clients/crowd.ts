import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { topic } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { openReader } from './socketio-reader.ts'

/** Many connections that do no more than count events: they find the `^` that each has once. */
const sockets: Socket[] = []
let seen = 0
const mark = '^'.charCodeAt(0)

async function open(port: number, count: number, greeting: string): Promise<readonly number[]> {
  for (let index = 0; index < count; index++) {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write(greeting)
    const answered = new Promise((resolve) => socket.once('data', resolve))
    socket.on('data', countEvents)
    await answered
  }
  return []
}

function countEvents(chunk: Buffer): void {
  for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + 1)) seen++
}

const body = JSON.stringify({ topics: [[topic, null]] })
const host = 'Host: 127.0.0.1\r\n'

answerCommands({
  sse: (port = 0, count = 0) =>
    open(
      port,
      count,
      `POST /stream HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    ),
  rawSse: (port = 0, count = 0) => open(port, count, `GET / HTTP/1.1\r\n${host}Accept: text/event-stream\r\n\r\n`),
  ws: (port = 0, count = 0) =>
    open(
      port,
      count,
      `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    ),
  async socketio(port = 0, count = 0) {
    for (let index = 0; index < count; index++) await openReader(port, (text) => countEvents(Buffer.from(text)))
    return []
  },
  /** Answers when so many events more have come; what came more than that is told. */
  async expect(count = 0) {
    for (let waited = 0; seen < count && waited < 60_000; waited += 5) await setTimeout(5)
    const found = seen
    seen = 0
    return [found]
  },
})
