import { systemClock, type Transport, wireError } from '@steadywire/core'
import { createChannels } from './channels.ts'
import { createConnection } from './connection.ts'
import type { SupabaseOptions } from './options.ts'
import { Own } from './own-client.ts'
import { createRest } from './rest.ts'
import { givenUp, unlessAborted } from './until.ts'

/**
 * Steadywire over Supabase: the database is the log, Realtime carries what is new, and what it loses is read from the database. The
 * migrations of `@steadywire/sql` make a project ready for it. With the secret key it appends, too (`createEmitter({ to: supabase(…) })`).
 *
 * @example
 * const subscriber = createSubscriber({ transport: supabase({ url, key }), identity: { subject, token } })
 *
 * @throws SteadywireError `invalid_option`
 */
export function supabase(options: SupabaseOptions): Transport {
  const { feed = 'changes', tables = [], clock = systemClock } = options
  const own = options.client ? undefined : new Own(options)

  return {
    name: 'supabase',
    capabilities: { positions: true, heads: false, append: true, renew: own !== undefined },
    async connect(context) {
      const { signal, warn } = context
      const given = await unlessAborted(context.token(), signal)
      if (own) own.token = given
      const client = own?.client ?? (options.client as NonNullable<typeof options.client>)
      const token = () => own?.token
      const rest = createRest(client, token, warn)
      const line = own?.open(context)
      const channels = createChannels({ client, feed, tables, clock, token, warn })
      try {
        // Whether key, token and migrations are as they should be shows in the first answer.
        await unlessAborted(Promise.all([line?.opened, rest.heads([], signal)]), signal)
      } catch (thrown) {
        line?.hangUp()
        throw signal.aborted ? givenUp() : thrown
      }
      const { connection, end } = createConnection(
        {
          rest,
          channels,
          hangUp: () => line?.hangUp(),
          ...(own && { heartbeatMs: own.heartbeatMs, renew: (fresh) => own.renew(fresh) }),
        },
        signal,
      )
      line?.whenEnded((reason) => end(wireError('retry', 'connection_lost', `The line was lost: ${reason}`)))
      return connection
    },
  }
}
