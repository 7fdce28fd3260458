import {
  type ConnectContext,
  type Connection,
  isWireError,
  type Sink,
  type WireError,
  wireError,
} from '@steadywire/core'
import type { Gateway, Session } from '@steadywire/server'
import { unlessAborted } from './abort.ts'
import { MemoryPeer } from './peer.ts'

export async function openConnection(gateway: Gateway, context: ConnectContext): Promise<Connection> {
  const { signal } = context
  const token = await unlessAborted(context.token(), signal)
  let session: Session | undefined
  let ended: WireError | undefined
  let resolve = (_error: WireError): void => {}
  const closed = new Promise<WireError>((resolved) => {
    resolve = resolved
  })
  const finish = (error: WireError): void => {
    ended ??= error
    signal.removeEventListener('abort', giveUp)
    peer.end()
    session?.close()
    resolve(error)
  }
  const giveUp = () => finish(wireError('retry', 'closed', 'The connection was given up'))
  const peer = new MemoryPeer({ heard: () => context.heard(), closed: finish })

  const opening = withToken(gateway.open(token === undefined ? {} : { token }, peer), token)
  try {
    session = await unlessAborted(opening, signal)
  } catch (thrown) {
    opening.then((late) => late.close()).catch(() => {})
    throw thrown
  }
  if (ended) {
    session.close()
    throw ended
  }
  signal.addEventListener('abort', giveUp, { once: true })
  return new MemoryConnection(session, peer, token, closed, finish)
}

class MemoryConnection implements Connection {
  readonly heartbeatMs: number
  readonly closed: Promise<WireError>
  readonly #session: Session
  readonly #peer: MemoryPeer
  readonly #finish: (error: WireError) => void
  #token: string | undefined

  constructor(
    session: Session,
    peer: MemoryPeer,
    token: string | undefined,
    closed: Promise<WireError>,
    finish: (error: WireError) => void,
  ) {
    this.heartbeatMs = session.heartbeatMs
    this.closed = closed
    this.#session = session
    this.#peer = peer
    this.#token = token
    this.#finish = finish
  }

  async attach(...[topic, after, sink, signal]: Parameters<Connection['attach']>): ReturnType<Connection['attach']> {
    const guarded = silencedBy(signal, sink)
    const detach = () => {
      if (this.#peer.remove(topic, guarded)) this.#session.detach(topic)
    }
    this.#peer.add(topic, guarded)
    signal.addEventListener('abort', detach, { once: true })
    try {
      return await this.#call(this.#session.attach(topic, after), signal)
    } catch (thrown) {
      signal.removeEventListener('abort', detach)
      detach()
      throw thrown
    }
  }

  read(...[topic, range, signal]: Parameters<Connection['read']>): ReturnType<Connection['read']> {
    return this.#call(this.#session.read(topic, range), signal)
  }

  heads(...[topics, signal]: Parameters<NonNullable<Connection['heads']>>) {
    return this.#call(this.#session.heads(topics), signal)
  }

  append(...[topic, drafts, signal]: Parameters<NonNullable<Connection['append']>>) {
    return this.#call(this.#session.append(topic, drafts), signal)
  }

  async renew(token: string): Promise<{ readonly expiresIn?: number }> {
    const renewed = await withToken(this.#session.renew(token), token)
    this.#token = token
    return renewed
  }

  async close(): Promise<void> {
    this.#finish(wireError('retry', 'closed', 'The connection was closed'))
  }

  #call<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
    return unlessAborted(withToken(call, this.#token), signal)
  }
}

/** A sink is never spoken to after its signal was aborted. */
function silencedBy(signal: AbortSignal, sink: Sink): Sink {
  return {
    events(batch) {
      if (!signal.aborted) sink.events(batch)
    },
    head(at) {
      if (!signal.aborted) sink.head(at)
    },
    lost(error) {
      if (!signal.aborted) sink.lost(error)
    },
  }
}

/** Says which token was refused, so that the refusal of an old one does not cost the new one. */
async function withToken<T>(call: Promise<T>, token: string | undefined): Promise<T> {
  try {
    return await call
  } catch (thrown) {
    if (token === undefined || !isWireError(thrown) || thrown.kind !== 'auth') throw thrown
    const { code, message, hint } = thrown
    throw wireError('auth', code, message, { token, cause: thrown, ...(hint !== undefined && { hint }) })
  }
}
