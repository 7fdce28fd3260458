import { type ConnectContext, SteadywireError, wireError } from '@steadywire/core'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { Gate } from './gate.ts'
import type { OwnClient } from './options.ts'

/** A socket that is open, or about to be. */
export interface Line {
  readonly opened: Promise<void>
  /** Called once, however it ends; at once, if it has. */
  whenEnded(ended: (reason: string) => void): void
  hangUp(): void
}

/** A supabase-js client whose token and socket are the core's business, for one connection after the other. */
export class Own {
  readonly heartbeatMs: number
  token: string | undefined
  readonly #place: OwnClient
  readonly #gate = new Gate()
  #client: SupabaseClient | undefined

  constructor(place: OwnClient) {
    this.#place = place
    this.heartbeatMs = place.heartbeatMs ?? 25_000
  }

  /** Made when it is first needed: making it opens nothing, but a browser's events are listened to from then on. */
  get client(): SupabaseClient {
    if (this.#client) return this.#client
    const client = createClient(this.#place.url, this.#place.key, {
      accessToken: async () => this.token ?? null,
      realtime: {
        transport: this.#gate.transport,
        heartbeatIntervalMs: this.heartbeatMs,
        reconnectAfterMs: () => 0,
      },
    })
    // Without any channel supabase-js would close the socket after a while. This one is never joined; no topic has a blank.
    client.channel('steadywire anchor')
    this.#client = client
    return client
  }

  open({ heard }: Pick<ConnectContext, 'heard'>): Line {
    let over: string | undefined
    let tell = (_: string): void => {}
    let hangUp = (): void => {}
    const opened = new Promise<void>((resolve, reject) => {
      hangUp = this.#gate.open({
        opened: resolve,
        heard,
        ended(reason) {
          over = reason
          reject(wireError('retry', 'unavailable', `Realtime could not be reached: ${reason}`))
          tell(reason)
        },
      })
    })
    opened.catch(() => {})
    this.client.realtime.connect()
    return {
      opened,
      whenEnded(ended) {
        tell = ended
        if (over !== undefined) ended(over)
      },
      hangUp: () => hangUp(),
    }
  }

  async renew(token: string): Promise<void> {
    this.token = token
    await this.client.realtime.setAuth(token)
  }
}

/** @throws SteadywireError `invalid_option` */
export function checked(place: OwnClient): OwnClient {
  if (!/^https?:\/\/[^/]/.test(place.url))
    throw wrong('url', place.url, 'Give the address of the project: https://….supabase.co')
  if (typeof place.key !== 'string' || place.key === '')
    throw wrong('key', place.key, 'Give the publishable (anon) key of the project.')
  return place
}

export function wrong(name: string, value: unknown, hint: string): SteadywireError {
  return new SteadywireError('invalid_option', `${name} of supabase() is ${JSON.stringify(value)}`, { hint })
}
