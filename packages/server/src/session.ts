import { type Attachment, isWireError, type Page, type Position, type WireError, wireError } from '@steadywire/core'
import { authenticate } from './authenticate.ts'
import type { Grant } from './authorise.ts'
import { Client } from './client.ts'
import type { Peer, Session } from './gateway-contract.ts'
import type { EventLog } from './log.ts'
import { readHead } from './pages.ts'
import { parsePosition, parseTopic } from './parse-input.ts'
import type { GatewayParts } from './parts.ts'
import { Reader, type ReaderHost } from './reader.ts'
import { detached, expired, forbidden, otherSubject, stalled, tooManyTopics } from './refusals.ts'
import { Stall } from './stall.ts'

/** What a session tells the gateway that holds it. */
export interface SessionOwner {
  readonly parts: GatewayParts
  ended(session: GatewaySession): void
  /** Its right ends at another time. */
  renewed(session: GatewaySession): void
}

/** One client's connection: its rights, its topics, and its way to the log. */
export class GatewaySession extends Client implements Session, ReaderHost {
  readonly peer: Peer
  readonly #owner: SessionOwner
  readonly #readers = new Map<string, Reader>()
  readonly #stall = new Stall()
  #renewals = 0
  #renewed = 0
  #closed: WireError | undefined

  constructor(owner: SessionOwner, grant: Grant, origin: string | undefined, peer: Peer) {
    super(owner.parts, grant, origin)
    this.#owner = owner
    this.peer = peer
  }

  get heartbeatMs(): number {
    return this.parts.heartbeatMs
  }

  /** Topics that are followed; those about to be are not counted. */
  get readers(): number {
    return this.#heads().size
  }

  get expiresAt(): number | undefined {
    return this.grant.expiresAt
  }

  override get account(): string {
    return super.account
  }

  attach(topic: string, after: Position | undefined): Promise<Attachment> {
    return this.guarded(async () => {
      const name = parseTopic(topic)
      const from = after && parsePosition(after)
      this.takeReads(1)
      const reader = this.#readers.get(name) ?? this.#open(name)
      reader.pending++
      try {
        await reader.joined
        const page = await this.whileReadable(name, () => this.#firstPage(name, from))
        if (reader.ended) throw reader.ended
        reader.confirmed = true
        return { ...page, ...this.#expiry() }
      } finally {
        if (--reader.pending === 0 && !reader.confirmed) this.#drop(reader, detached(name))
      }
    })
  }

  detach(topic: string): void {
    const reader = this.#readers.get(topic)
    if (reader) this.#drop(reader, detached(topic))
  }

  renew(token: string): Promise<{ readonly expiresIn?: number }> {
    return this.guarded(async () => {
      if (this.#closed) throw this.#closed
      const number = ++this.#renewals
      const revoked = this.revoked
      const grant = await authenticate(this.parts, { token, ...(this.origin !== undefined && { origin: this.origin }) })
      if (this.#closed) throw this.#closed
      if (grant.subject !== this.subject) throw otherSubject()
      if (number < this.#renewed) return this.#expiry()
      this.#renewed = number
      this.use(grant)
      if (revoked === this.revoked) this.revoked = new Set()
      this.#owner.renewed(this)
      await Promise.all([...this.#readers.values()].map((reader) => this.#ask(reader, grant)))
      return this.#expiry()
    })
  }

  close(): void {
    this.end(wireError('retry', 'closed', 'The session is closed'))
  }

  // --- what the gateway does ---

  /** Ends the session; the peer is told with `tell`. */
  end(error: WireError, tell = false): void {
    if (this.#closed) return
    this.#closed = error
    for (const reader of [...this.#readers.values()]) this.#drop(reader, error)
    this.#owner.ended(this)
    if (tell) this.tellClosing(error)
  }

  /** Asks the client to go; the session lives on until it does, or is ended. */
  tellClosing(error: WireError): void {
    this.tell(() => this.peer.close(error))
  }

  beat(): void {
    if (this.isExpired) this.expire()
    this.tell(() => {
      if (this.#stall.lasts(this.peer.bufferedBytes, this.maxBufferedBytes)) this.end(stalled(), true)
      else this.peer.heartbeat(this.#heads())
    })
  }

  /** The token's time is over: nothing is read any more until a fresh one comes. */
  expire(): void {
    for (const reader of [...this.#readers.values()]) this.#lose(reader, expired())
  }

  override revoke(topic: string): void {
    super.revoke(topic)
    const reader = this.#readers.get(topic)
    if (reader) this.#lose(reader, forbidden('read', topic))
  }

  // --- what a reader asks ---

  get log(): EventLog {
    return this.parts.log
  }

  get maxBufferedBytes(): number {
    return this.parts.limits.maxBufferedBytes
  }

  count(delivered: number, bytes: number): void {
    this.parts.counters.delivered += delivered
    this.parts.counters.bytes += bytes
  }

  /** A peer that throws, against its contract, is not to hold up the other sessions (D7). */
  tell(speak: () => void): void {
    try {
      speak()
    } catch (thrown) {
      this.failed(wireError('retry', 'connection_lost', 'A client could not be spoken to', { cause: thrown }))
    }
  }

  fellBack(topic: string): void {
    this.parts.counters.fallbacks++
    this.parts.observe({ kind: 'fallback', subject: this.subject, topic })
  }

  // --- inside ---

  protected override check(): void {
    if (this.#closed) throw this.#closed
    super.check()
  }

  protected override mayReadAlready(topic: string): boolean {
    return this.#readers.get(topic)?.at !== undefined
  }

  #heads(): ReadonlyMap<string, Position> {
    const heads = new Map<string, Position>()
    for (const [topic, { at }] of this.#readers) if (at) heads.set(topic, at)
    return heads
  }

  #firstPage(topic: string, after: Position | undefined): Promise<Page> {
    if (after) return this.readPage(topic, { after, limit: this.parts.limits.page })
    return readHead((range) => this.fromLog(() => this.parts.log.read(topic, range)))
  }

  #open(topic: string): Reader {
    this.check()
    const { topicsPerConnection } = this.parts.limits
    if (this.#readers.size >= topicsPerConnection) throw tooManyTopics(topicsPerConnection)
    const reader = new Reader(topic, this)
    this.#readers.set(topic, reader)
    reader.joined = this.#join(reader)
    return reader
  }

  async #join(reader: Reader): Promise<void> {
    const { topic } = reader
    await this.allow('read', topic)
    if (reader.ended) throw reader.ended
    const feed = await this.fromLog(() => this.parts.fanOut.join(topic, reader))
    reader.start(feed)
    if (!reader.ended) return
    this.parts.fanOut.leave(topic, reader)
    throw reader.ended
  }

  #drop(reader: Reader, why: WireError): void {
    reader.end(why)
    if (this.#readers.get(reader.topic) !== reader) return
    this.#readers.delete(reader.topic)
    this.parts.fanOut.leave(reader.topic, reader)
  }

  #lose(reader: Reader, error: WireError): void {
    this.#drop(reader, error)
    if (reader.confirmed) this.tell(() => this.peer.lost(reader.topic, error))
  }

  /** With a fresh token, asks again for what is attached already. */
  async #ask(reader: Reader, grant: Grant): Promise<void> {
    try {
      await this.allow('read', reader.topic)
    } catch (thrown) {
      if (reader.ended || this.grant !== grant) return
      this.#lose(reader, isWireError(thrown) ? thrown : forbidden('read', reader.topic))
    }
  }

  #expiry(): { readonly expiresIn?: number } {
    const { expiresAt } = this.grant
    return expiresAt === undefined ? {} : { expiresIn: Math.max(0, expiresAt - this.parts.clock.wall()) }
  }
}
