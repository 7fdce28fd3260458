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
import type { Action, Grant } from './authorise.ts'
import { checkClientDrafts } from './client-appends.ts'
import type { Credentials } from './gateway-contract.ts'
import { cutPage, readVisible } from './pages.ts'
import { parseRange, parseTopic, refused } from './parse-input.ts'
import type { GatewayParts } from './parts.ts'

/** What one client may call, within its rights and limits. */
export class Client {
  protected readonly parts: GatewayParts
  protected grant: Grant
  /** Absent if this client sees every event. */
  visible: ((event: WireEvent) => boolean) | undefined
  protected readonly origin: string | undefined

  constructor(parts: GatewayParts, grant: Grant, origin: string | undefined) {
    this.parts = parts
    this.grant = grant
    this.visible = grant.visible?.bind(grant)
    this.origin = origin
  }

  protected use(grant: Grant): void {
    this.grant = grant
    this.visible = grant.visible?.bind(grant)
  }

  get subject(): string | undefined {
    return this.grant.subject
  }

  read(topic: string, range: ReadRange): Promise<Page> {
    return this.guarded(async () => {
      const name = parseTopic(topic)
      const parsed = parseRange(range, this.parts.limits.page)
      if (!this.mayReadAlready(name)) await this.allow('read', name)
      const page = await this.readPage(name, parsed)
      this.check()
      if (this.isRevoked(name)) throw forbidden('read', name)
      return page
    })
  }

  heads(topics: readonly string[]): Promise<ReadonlyMap<string, Head>> {
    return this.guarded(async () => {
      const { topicsPerConnection } = this.parts.limits
      if (topics.length > topicsPerConnection) throw tooManyTopics(topicsPerConnection)
      const names = [...new Set(topics.map(parseTopic))]
      const heads = await Promise.all(names.map((name) => this.#head(name)))
      return new Map(heads.filter((head) => head !== undefined))
    })
  }

  append(topic: string, drafts: readonly unknown[]): Promise<readonly Appended[]> {
    return this.guarded(async () => {
      const { families, limits, rates, log, counters } = this.parts
      const name = parseTopic(topic)
      this.check()
      if (!Array.isArray(drafts)) throw refused('invalid_draft', 'Drafts come as an array', 'Send [draft, …].')
      rates.take(this.account, drafts.length)
      const parsed = await checkClientDrafts(name, drafts, families, limits)
      await this.allow('append', name, parsed)
      const appended = await this.fromLog(() => log.append(name, parsed, { scope: this.#scope }))
      for (const { duplicate } of appended) if (!duplicate) counters.appended++
      return appended
    })
  }

  command(name: string, data: unknown): Promise<unknown> {
    return this.guarded(async () => {
      const { commands, limits, rates } = this.parts
      this.check()
      rates.take(this.account, 1)
      await this.allow('command', name)
      return commands.run(name, this.subject, data, limits.payloadBytes)
    })
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

  /** The right to read it was taken back, whatever the token says. */
  protected isRevoked(_topic: string): boolean {
    return false
  }

  /** @throws WireError if the client is no longer let in */
  protected check(): void {
    const { expiresAt } = this.grant
    if (expiresAt !== undefined && this.parts.clock.wall() >= expiresAt) throw expired()
  }

  /** @throws WireError `forbidden` */
  protected async allow(action: Action, target: string, drafts?: readonly Draft[]): Promise<void> {
    this.check()
    if (!(await this.#may(action, target, drafts))) throw forbidden(action, target)
    this.check()
  }

  async #may(action: Action, target: string, drafts?: readonly Draft[]): Promise<boolean> {
    if (action === 'read' && this.isRevoked(target)) return false
    try {
      return (await this.grant.may(action, target, drafts)) === true
    } catch (thrown) {
      throw this.failed(
        wireError('retry', 'unavailable', 'The rights of the client could not be checked', { cause: thrown }),
      )
    }
  }

  protected async readPage(topic: string, range: ReadRange): Promise<Page> {
    const { log, limits, counters } = this.parts
    const read = (part: ReadRange) => this.fromLog(() => log.read(topic, part))
    const whole = await readVisible(read, range, this.visible)
    const page = cutPage(whole, limits.pageBytes, range.last)
    counters.pages++
    counters.replayed += page.events.length
    return page
  }

  async #head(topic: string): Promise<readonly [string, Head] | undefined> {
    this.check()
    if (!this.mayReadAlready(topic) && !(await this.#may('read', topic))) return undefined
    const page = await this.fromLog(() => this.parts.log.read(topic, { limit: 1, last: true }))
    const { epoch, oldest, head, mark, sealed } = page
    const shown = { oldest, head, ...(epoch !== undefined && { epoch }), ...(mark !== undefined && { mark }) }
    return [topic, sealed ? { ...shown, sealed } : shown]
  }

  /** What a log tells of its failures is for the server's operator, not for clients. */
  protected async fromLog<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (thrown) {
      if (isWireError(thrown) && thrown.kind === 'refused') throw thrown
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

export function accountOf({ subject }: Grant, origin: string | undefined): string {
  return subject !== undefined ? `subject:${subject}` : `origin:${origin ?? ''}`
}

export function reject({ counters, observe }: GatewayParts, subject: string | undefined, error: WireError): void {
  counters.rejected++
  observe({ kind: 'rejected', subject, error })
}

/** @throws WireError as the authoriser says; `unavailable` if it failed otherwise */
export async function authenticate(parts: GatewayParts, credentials: Credentials): Promise<Grant> {
  try {
    return await parts.authorise(credentials)
  } catch (thrown) {
    if (isWireError(thrown)) throw thrown
    const error = wireError('retry', 'unavailable', 'The client could not be authorised', { cause: thrown })
    parts.counters.failures++
    parts.observe({ kind: 'failed', error })
    throw error
  }
}

export function expired(): WireError {
  return wireError('auth', 'unauthenticated', 'The token has expired', {
    hint: 'Renew it, or connect with a fresh one.',
  })
}

export function forbidden(action: Action, target: string): WireError {
  const what = action === 'read' ? 'read' : action === 'append' ? 'append to' : 'run the command'
  return refused('forbidden', `This client may not ${what} ${target}`, 'Check what the authoriser grants this subject.')
}

export function tooManyTopics(max: number): WireError {
  return refused(
    'limit_reached',
    `${max} topics are all that one connection may follow`,
    'Unsubscribe from some, or raise limits.topicsPerConnection of the gateway.',
  )
}
