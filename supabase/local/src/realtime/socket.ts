import { type RawData, WebSocket } from 'ws'
import { Channel } from './channel.ts'
import { type Frames, type Incoming, Message, type Outgoing } from './frames.ts'
import type { Hub } from './hub.ts'
import { join } from './join.ts'

const prefix = 'realtime:'

type Asked = Pick<Incoming, 'joinRef' | 'ref' | 'topic'>

/** One connection. What it says is taken one after another. */
export class Socket {
  /** The key that it came with. */
  readonly key: string
  readonly channels = new Map<string, Channel>()
  readonly #hub: Hub
  readonly #wire: WebSocket
  readonly #frames: Frames
  #last: Promise<void> = Promise.resolve()

  constructor(hub: Hub, wire: WebSocket, frames: Frames, key: string) {
    this.key = key
    this.#hub = hub
    this.#wire = wire
    this.#frames = frames
    hub.sockets.add(this)
    wire.on('message', (data, binary) => this.#take(data, binary))
    wire.on('error', () => {})
    wire.on('close', () => this.#end())
  }

  #take(data: RawData, binary: boolean): void {
    if (this.#hub.project.wishes.silence.pick(undefined)) return
    const message = this.#frames.parse(bytesOf(data), binary)
    this.#last = this.#last
      .then(() => message && this.#handle(message))
      .catch((error: unknown) => this.#hub.project.log(`UnknownErrorOnWebSocketMessage: ${error}`))
  }

  async #handle(message: Incoming): Promise<void> {
    if (this.#wire.readyState !== WebSocket.OPEN) return
    const { topic, event } = message
    if (topic === 'phoenix' && event === 'heartbeat') return this.answer(message, 'ok', {})
    if (!topic.startsWith(prefix)) return this.answer(message, 'error', { reason: 'unmatched topic' })
    const name = topic.slice(prefix.length)
    const channel = this.channels.get(name)
    if (event === 'phx_join') return this.#join(message, name)
    if (event === 'phx_leave') {
      this.answer(message, 'ok', {})
      return channel?.close()
    }
    if (!channel) return this.answer(message, 'error', { reason: 'unmatched topic' })
    await channel.take(message)
  }

  async #join(message: Incoming, name: string): Promise<void> {
    const payload = message.payload instanceof Message ? {} : message.payload
    const joined = await join(this.#hub, this, name, message.joinRef ?? message.ref, payload)
    if (joined instanceof Channel) {
      if (this.#wire.readyState !== WebSocket.OPEN) return joined.end()
      this.channels.set(name, joined)
      return this.answer(message, 'ok', joined.answer)
    }
    this.answer(message, 'error', { reason: joined.reason })
    if (joined.disconnect) this.#wire.close()
  }

  answer({ joinRef, ref, topic }: Asked, status: string, response: Readonly<Record<string, unknown>>): void {
    this.send({ joinRef, ref, topic, event: 'phx_reply', payload: JSON.stringify({ status, response }) })
  }

  send(message: Outgoing): void {
    this.#write(this.#frames.write(message))
  }

  sendBroadcast(topic: string, message: Message): void {
    const frame = this.#frames.writeBroadcast(topic, message)
    if (frame !== undefined) this.#write(frame)
  }

  #write(frame: string | Buffer): void {
    if (this.#wire.readyState === WebSocket.OPEN && !this.#hub.project.wishes.silence.pick(undefined))
      this.#wire.send(frame)
  }

  /** Without a goodbye. */
  cut(): void {
    this.#wire.terminate()
    this.#end()
  }

  #end(): void {
    this.#hub.sockets.delete(this)
    for (const channel of [...this.channels.values()]) channel.end()
  }
}

const bytesOf = (data: RawData) =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)
