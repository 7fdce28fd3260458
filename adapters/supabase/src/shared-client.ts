import type { Clock } from '@steadywire/core'
import type { SupabaseClient } from '@supabase/supabase-js'

/** How often it is looked whether the app's socket is open, ms: supabase-js tells nobody but itself. */
const lookMs = 20

const authorising = new WeakMap<SupabaseClient, Promise<void>>()

/**
 * Whoever joins before supabase-js knows the token is taken for anonymous. Asked several times at once, it answers all but the last
 * before it knows: so they ask together.
 */
export function authorise(client: SupabaseClient): Promise<void> {
  const asked = authorising.get(client) ?? client.realtime.setAuth().finally(() => void authorising.delete(client))
  authorising.set(client, asked)
  return asked
}

/** Resolves when the socket is open, or nobody waits any more: supabase-js would keep each join until then, however many there are. */
export function untilOpen({ realtime }: SupabaseClient, clock: Clock, isWanted: () => boolean): Promise<void> {
  realtime.connect()
  return new Promise((resolve) => {
    const look = (): void => {
      if (realtime.isConnected() || !isWanted()) resolve()
      else clock.after(lookMs, look)
    }
    look()
  })
}

/**
 * Tells when somebody else is signed in, or nobody any more: Realtime would go on with the rights of who was. Answers how to stop it.
 * A client with `accessToken` has no sessions.
 */
export function watchUser(client: SupabaseClient, changed: () => void): () => void {
  let user: string | undefined
  let known = false
  try {
    const { data } = client.auth.onAuthStateChange((_, session) => {
      const now = session?.user.id
      if (known && now !== user) changed()
      known = true
      user = now
    })
    return () => data.subscription.unsubscribe()
  } catch {
    return () => {}
  }
}
