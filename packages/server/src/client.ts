import {
  type Appended,
  type Draft,
  type Head,
  isWireError,
  type Page,
  type ReadRange,
  type WireError,
  type WireEvent,
  wireError,
} from '@steadywire/core'
import { accountOf, isNamed } from './account.ts'
import type { Action, Grant } from './authorise.ts'
import { checkClientDrafts } from './client-appends.ts'
import { cutPage, readVisible } from './pages.ts'
import { parseRange, parseTopic } from './parse-input.ts'
import type { GatewayParts } from './parts.ts'
import { expired, forbidden, refused, tooManyTopics } from './refusals.ts'

const headMs = 2000

/** What one client may call, within its rights and limits. */
export class Client {
  protected readonly parts: GatewayParts
  protected grant: Grant
  /** Absent if this client sees every event. */
  visible: ((event: WireEvent) => boolean) | undefined
  protected readonly origin: string | undefined
  /** Topics that may not be read, whatever the grant says. Replaced, never changed: so a renewal sees what came meanwhile. */
  protected revoked: ReadonlySet<string> = new Set()

  constructor(parts: GatewayParts, grant: Grant, origin: string | undefined) {
    this.parts = parts
    this.grant = grant
    this.visible = grant.visible
    this.origin = origin
  }

  /** The right to read this topic is taken back. */
  revoke(topic: string): void {
    this.revoked = new Set(this.revoked).add(topic)
  }

  protected use(grant: Grant): void {
    this.grant = grant
    this.visible = grant.visible
  }

  get subject(): string | undefined {
    return this.grant.subject
  }

  read(topic: string, range: ReadRange): Promise<Page> {
    return this.guarded(async () => {
      const name = parseTopic(topic)
      const parsed = parseRange(range, this.parts.limits.page)
      this.takeReads(1)
      return this.whileReadable(name, () => this.readPage(name, parsed))
    })
  }

  /** A topic that can't be answered for soon is left out, and does not hold up the others (D7). */
  heads(topics: readonly string[]): Promise<ReadonlyMap<string, Head>> {
    return this.guarded(async () => {
      const { deadlines, limits } = this.parts
      const { topicsPerConnection } = limits
      if (topics.length > topicsPerConnection) throw tooManyTopics(topicsPerConnection)
      const names = [...new Set(topics.map(parseTopic))]
      this.takeReads(names.length)
      const known = (name: string) => deadlines.within('A head', this.#head(name), headMs).catch(() => undefined)
      const heads = await Promise.all(names.map(known))
      this.check()
      return new Map(heads.filter((head) => head !== undefined))
    })
  }

  append(topic: string, drafts: readonly unknown[]): Promise<readonly Appended[]> {
    return this.guarded(async () => {
      const { families, limits, appendRates, log, counters } = this.parts
      const name = parseTopic(topic)
      this.check()
      if (!Array.isArray(drafts)) throw refused('invalid_draft', 'Drafts come as an array', 'Send [draft, …].')
      appendRates.take(this.account, Math.max(1, drafts.length))
      const parsed = await checkClientDrafts(name, drafts, families, limits)
      await this.allow('append', name, parsed)
      const appended = await this.fromLog(() => log.append(name, parsed, { scope: this.#scope }))
      for (const { duplicate } of appended) if (!duplicate) counters.appended++
      return appended
    })
  }

  command(name: string, data: unknown): Promise<unknown> {
    return this.guarded(async () => {
      const { commands, limits, appendRates } = this.parts
      this.check()
      appendRates.take(this.account, 1)
      await this.allow('command', name)
      return commands.run(name, this.subject, data, limits.payloadBytes)
    })
  }

  /** An attach is a read, too. @throws WireError `rate_limited` */
  protected takeReads(amount: number): void {
    this.check()
    if (isNamed(this.account)) this.parts.readRates.take(this.account, amount)
  }

  /** By whom limits are counted; a client without a name shares an account with all like it. */
  protected get account(): string {
    return accountOf(this.grant, this.origin)
  }

  get #scope(): string {
    return this.grant.scope ?? (this.subject === undefined ? 'anonymous' : `subject:${this.subject}`)
  }

  /** Attached topics were allowed when they were attached, and are dropped when that ends. */
  protected mayReadAlready(_topic: string): boolean {
    return false
  }

  /** @throws WireError if the client is no longer let in */
  protected check(): void {
    if (this.isExpired) throw expired()
  }

  protected get isExpired(): boolean {
    const { expiresAt } = this.grant
    return expiresAt !== undefined && this.parts.clock.wall() >= expiresAt
  }

  /** @throws WireError `forbidden` */
  protected async allow(action: Action, target: string, drafts?: readonly Draft[]): Promise<void> {
    this.check()
    if (!(await this.#may(action, target, drafts))) throw forbidden(action, target)
    this.check()
  }

  /** What was read is answered only if it may still be read then: rights can end meanwhile (D10). */
  protected async whileReadable<T>(topic: string, call: () => Promise<T>): Promise<T> {
    const { grant } = this
    if (!this.mayReadAlready(topic)) await this.allow('read', topic)
    const answer = await call()
    this.check()
    if (this.revoked.has(topic)) throw forbidden('read', topic)
    if (this.grant !== grant) await this.allow('read', topic)
    return answer
  }

  async #may(action: Action, target: string, drafts?: readonly Draft[]): Promise<boolean> {
    if (action === 'read' && this.revoked.has(target)) return false
    try {
      return (await this.grant.may(action, target, drafts)) === true
    } catch (thrown) {
      if (isWireError(thrown) && thrown.code === 'going_away') throw thrown
      throw this.failed(
        wireError('retry', 'unavailable', 'The rights of the client could not be checked', { cause: thrown }),
      )
    }
  }

  protected async readPage(topic: string, range: ReadRange): Promise<Page> {
    const { log, limits, counters } = this.parts
    const read = (part: ReadRange) => this.fromLog(() => log.read(topic, part))
    const whole = await readVisible(read, range, () => this.visible)
    const page = cutPage(whole, limits.pageBytes, range.last)
    counters.pages++
    counters.replayed += page.events.length
    return page
  }

  async #head(topic: string): Promise<readonly [string, Head]> {
    const { epoch, oldest, head, mark, sealed } = await this.whileReadable(topic, () =>
      this.fromLog(() => this.parts.log.read(topic, { limit: 1, last: true })),
    )
    const shown = { oldest, head, ...(epoch !== undefined && { epoch }), ...(mark !== undefined && { mark }) }
    return [topic, sealed ? { ...shown, sealed } : shown]
  }

  /** What a log tells of its failures is for the server's operator, not for clients. */
  protected async fromLog<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (thrown) {
      if (isWireError(thrown) && (thrown.kind === 'refused' || thrown.code === 'going_away')) throw thrown
      throw this.failed(wireError('retry', 'log_failed', 'The log could not be reached', { cause: thrown }))
    }
  }

  protected failed(error: WireError): WireError {
    this.parts.counters.failures++
    this.parts.observe({ kind: 'failed', error })
    return error
  }

  /** Counts and reports refusals; what was not foreseen becomes a failure without details. */
  protected async guarded<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (thrown) {
      if (!isWireError(thrown))
        throw this.failed(wireError('retry', 'unavailable', 'The server failed', { cause: thrown }))
      if (thrown.code === 'command_failed' && thrown.cause !== undefined) this.failed(thrown)
      else if (thrown.code !== 'log_failed' && thrown.code !== 'unavailable') reject(this.parts, this.subject, thrown)
      throw thrown
    }
  }
}

export function reject({ counters, observe }: GatewayParts, subject: string | undefined, error: WireError): void {
  counters.rejected++
  observe({ kind: 'rejected', subject, error })
}
