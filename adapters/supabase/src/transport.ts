import { type Clock, systemClock, type Transport, wireError } from '@steadywire/core'
import { givenUp, unlessAborted } from '@steadywire/core/protocol'
import type { SupabaseClient } from '@supabase/supabase-js'
import { createChannels } from './channels.ts'
import { createConnection } from './connection.ts'
import type { OwnClient, SupabaseOptions } from './options.ts'
import { checked, type Line, Own, wrong } from './own-client.ts'
import { createRest } from './rest.ts'
import { watchUser } from './shared-client.ts'

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
  if (feed !== 'changes' && feed !== 'broadcast') throw wrong('feed', feed, 'Choose changes or broadcast.')
  const place: OwnClient | undefined = options.client ? undefined : checked(options)
  /** Clients that no connection uses at the moment. */
  const idle: Own[] = []

  return {
    name: 'supabase',
    capabilities: { positions: true, heads: false, append: true, renew: place !== undefined },
    async connect(context) {
      const { signal, warn } = context
      const given = await unlessAborted(context.token(), signal)
      const own = place && (idle.pop() ?? new Own(place))
      const client = own?.client ?? (options.client as SupabaseClient)
      if (own) own.token = given
      const token = () => own?.token
      // Of its own socket only what comes by it counts: that it fell silent is to be found. The socket of the app is the app's business.
      const heard = own ? () => {} : context.heard
      const rest = createRest(client, token, warn, heard)
      let line: Line | undefined
      const hangUp = () => {
        line?.hangUp()
        if (own) idle.push(own)
      }
      try {
        // Who only appends or reads needs no Realtime, and goes on without it.
        if (context.wanted.length > 0) line = own?.open(context)
        // Whether key, token and migrations are as they should be shows in the first answer.
        await unlessAborted(Promise.all([line?.opened, rest.heads([], signal)]), signal)
      } catch (thrown) {
        hangUp()
        throw signal.aborted ? givenUp() : thrown
      }
      const channels = createChannels({ client, feed, tables, clock, token, warn, heard })
      const renewing = own && { heartbeatMs: own.heartbeatMs, renew: (fresh: string) => own.renew(fresh) }
      const followLine = (opened: Line): void =>
        opened.whenEnded((reason) => end(wireError('retry', 'connection_lost', `The line was lost: ${reason}`)))
      const dial = (): void => {
        if (line || !own) return
        line = own.open(context)
        followLine(line)
      }
      const { connection, end } = createConnection({ rest, channels, dial, hangUp, ...renewing }, signal)
      if (line) followLine(line)
      if (own) {
        // What is not there can't fall silent.
        const stop = every(clock, own.heartbeatMs, () => line || context.heard())
        void connection.closed.then(stop)
      } else {
        const stop = watchUser(client, () =>
          end(wireError('retry', 'connection_lost', 'Somebody else is signed in, or nobody any more')),
        )
        void connection.closed.then(stop)
      }
      return connection
    },
  }
}

/** Answers how to stop it. */
function every(clock: Clock, ms: number, task: () => void): () => void {
  let cancel = clock.after(ms, run)
  function run(): void {
    task()
    cancel = clock.after(ms, run)
  }
  return () => cancel()
}
