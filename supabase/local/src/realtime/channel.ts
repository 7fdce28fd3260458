import { createHash } from 'node:crypto'
import { claimsOf } from '../keys.ts'
import type { Claims } from '../token.ts'
import { mayRead, mayWrite, unreachable } from './authorise.ts'
import type { Reader } from './changes.ts'
import { tablesFor } from './check.ts'
import { type Incoming, Message } from './frames.ts'
import type { Hub } from './hub.ts'
import type { Socket } from './socket.ts'
import { type Join, parseWanted, type Wanted } from './subscription.ts'

export interface ChannelReader extends Reader {
  readonly id: number
  readonly channel: Channel
}

/** What was asked for, and found to be right. */
interface Joined {
  readonly topic: string
  readonly joinRef: string | undefined
  readonly join: Join
  readonly token: string
  readonly claims: Claims
}

/** A token is checked again at least this often. */
const confirmMs = 300_000
const replicationMs = 60_000
const askAgainMs = 500

/** One topic on one connection, joined. */
export class Channel {
  /** Without `realtime:`. */
  readonly topic: string
  readonly isPrivate: boolean
  readonly joinRef: string | undefined
  readonly #hub: Hub
  readonly #socket: Socket
  readonly #join: Join
  readonly #wanted: readonly { readonly id: number; readonly params: Readonly<Record<string, unknown>> }[]
  #readers: readonly ChannelReader[] = []
  #token: string
  #claims: Claims
  #mayWrite: boolean | undefined
  #open = true
  #stopConfirming = () => {}
  #stopSubscribing = () => {}
  #stopAsking = () => {}

  constructor(hub: Hub, socket: Socket, { topic, joinRef, join, token, claims }: Joined) {
    this.topic = topic
    this.isPrivate = join.isPrivate
    this.joinRef = joinRef
    this.#hub = hub
    this.#socket = socket
    this.#join = join
    this.#token = token
    this.#claims = claims
    this.#wanted = join.changes.map((params) => ({ id: idOf(params), params }))
    hub.channels.add(this)
    this.#confirmLater()
    this.subscribeLater()
    if (join.replicationReady)
      this.#askForReplication(hub.project.readyMs + hub.project.wishes.readyMs.value, replicationMs)
  }

  /** What the reply to the join says. */
  get answer(): Readonly<Record<string, unknown>> {
    return { postgres_changes: this.#wanted.map(({ id, params }) => ({ ...params, id })) }
  }

  push(event: string, payload: string): void {
    if (!this.#open) return
    this.#socket.send({ joinRef: this.joinRef, topic: `realtime:${this.topic}`, event, payload })
  }

  /** A broadcast of somebody else. */
  hear(message: Message): void {
    if (!this.#hub.messages.take()) this.shutDown('Too many messages per second')
    else this.#socket.sendBroadcast(`realtime:${this.topic}`, message)
  }

  /** Readers are told of row changes as soon as the database knows of them. */
  subscribeLater(): void {
    const { clock, readyMs, wishes } = this.#hub.project
    this.#stopSubscribing()
    if (this.#wanted.length === 0) return
    this.#stopSubscribing = clock.after(readyMs + wishes.readyMs.value, () => void this.#subscribe())
  }

  #askForReplication(ms: number, leftMs: number): void {
    this.#stopAsking = this.#hub.project.clock.after(ms, () => {
      if (this.#hub.replicates) this.#tell('system', 'ok', 'Replication connection established')
      else if (leftMs <= 0) this.shutDown('Replication connection was not established in time')
      else this.#askForReplication(askAgainMs, leftMs - askAgainMs)
    })
  }

  async #subscribe(): Promise<void> {
    const claims = this.#claims
    try {
      const readers: ChannelReader[] = []
      for (const { id, params } of this.#wanted) {
        const wanted: Wanted = parseWanted(params)
        readers.push({
          id,
          channel: this,
          wanted,
          claims,
          tables: await tablesFor(this.#hub.project.database, wanted, claims),
        })
      }
      if (!this.#open || claims !== this.#claims) return
      this.#forgetReaders()
      this.#readers = readers
      for (const reader of readers) this.#hub.readers.add(reader)
      this.#tell('postgres_changes', 'ok', 'Subscribed to PostgreSQL')
    } catch (error) {
      this.#tell('postgres_changes', 'error', error instanceof Error ? error.message : String(error))
    }
  }

  #forgetReaders(): void {
    for (const reader of this.#readers) this.#hub.readers.delete(reader)
    this.#readers = []
  }

  /** A client's message on this channel. */
  async take(said: Incoming): Promise<void> {
    if (said.payload instanceof Message) await this.#send(said.payload, said)
    else if (said.event === 'access_token') await this.#renew(said.payload.access_token)
    else this.#hub.project.log(`${this.topic}: ${said.event} is not understood here`)
  }

  async #send(message: Message, asked: Incoming): Promise<void> {
    const { database, limits } = this.#hub.project
    if (this.isPrivate) {
      this.#mayWrite ??= await mayWrite(database, this.topic, this.#claims)
      if (!this.#mayWrite || !this.#open) return
    }
    if (!this.#hub.messages.take()) return this.shutDown('Too many messages per second')
    const fits = message.body.length <= limits.broadcastBytes
    if (fits) this.#hub.broadcast(this.topic, this.isPrivate, message, this.#join.self ? undefined : this)
    if (this.#join.ack)
      this.#socket.answer(asked, fits ? 'ok' : 'error', fits ? {} : { reason: 'payload_size_exceeded' })
  }

  async #renew(token: unknown): Promise<void> {
    if (typeof token !== 'string' || token.startsWith('sb_') || token === this.#token) return
    const { database, keys, clock } = this.#hub.project
    const verified = claimsOf(keys, token, clock.now())
    if ('refusal' in verified) return this.shutDown(verified.refusal.message)
    this.#token = token
    this.#claims = verified.claims
    this.#mayWrite = undefined
    const may = !this.isPrivate || (await mayRead(database, this.topic, verified.claims).catch(() => undefined))
    if (may === undefined) return this.shutDown(unreachable)
    if (!may) return this.shutDown(`You do not have permissions to read from this Channel topic: ${this.topic}`)
    if (!this.#open) return
    this.#confirmLater()
    this.subscribeLater()
  }

  #confirmLater(): void {
    const { clock } = this.#hub.project
    this.#stopConfirming()
    const leftMs = Math.max(0, this.#claims.exp * 1000 - clock.now())
    this.#stopConfirming = clock.after(Math.ceil(Math.min(confirmMs, leftMs)), () => {
      const verified = claimsOf(this.#hub.project.keys, this.#token, clock.now())
      if ('refusal' in verified) this.shutDown(verified.refusal.message)
      else this.#confirmLater()
    })
  }

  #tell(extension: string, status: string, message: string): void {
    this.push('system', JSON.stringify({ channel: this.topic, extension, message, status }))
  }

  /** Closes it for good, saying why. */
  shutDown(message?: string): void {
    if (!this.#open) return
    if (message !== undefined) this.#tell('system', 'error', message)
    this.close()
  }

  close(): void {
    if (!this.#open) return
    this.end()
    this.#socket.send({
      joinRef: this.joinRef,
      ref: this.joinRef,
      topic: `realtime:${this.topic}`,
      event: 'phx_close',
      payload: '{}',
    })
  }

  /** Nothing more is said; also when its connection is gone. */
  end(): void {
    this.#open = false
    this.#stopConfirming()
    this.#stopSubscribing()
    this.#stopAsking()
    this.#forgetReaders()
    this.#hub.channels.delete(this)
    this.#socket.channels.delete(this.topic)
  }
}

/** The same wish has the same number. */
const idOf = (params: Readonly<Record<string, unknown>>) =>
  createHash('sha256').update(JSON.stringify(params)).digest().readUInt32BE(0) % 2 ** 27
