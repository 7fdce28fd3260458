import { type Clock, messageOf, wireError } from '@steadywire/core'
import type { SupabaseClient } from '@supabase/supabase-js'

/** How often it is looked whether the app's socket is open, ms: supabase-js tells nobody but itself. */
const lookMs = 20

/**
 * The token of who is signed in; nothing if nobody is, and for a client that has no sessions (`accessToken`).
 *
 * @throws WireError `unavailable` (retry) if there is a session that could not be refreshed: supabase-js would go on as nobody.
 */
export async function sessionToken(client: SupabaseClient): Promise<string | undefined> {
  if (!hasSessions(client)) return undefined
  const { data, error } = await client.auth.getSession()
  if (error)
    throw wireError('retry', 'unavailable', `The session could not be refreshed: ${messageOf(error)}`, { cause: error })
  return data.session?.access_token
}

/**
 * Whoever joins before supabase-js knows the token is taken for anonymous. It is told, and does not find out by itself: asked for it by
 * several at once, it answers all but the last before it knows.
 *
 * @returns The token that joins have from now on.
 */
export async function authorise(client: SupabaseClient): Promise<string | null> {
  const { realtime } = client
  const token = (await sessionToken(client)) ?? (await realtime.accessToken?.()) ?? null
  await realtime.setAuth(token)
  return token
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
 */
export function watchUser(client: SupabaseClient, changed: () => void): () => void {
  if (!hasSessions(client)) return () => {}
  let user: string | undefined
  let known = false
  const { data } = client.auth.onAuthStateChange((_, session) => {
    const now = session?.user.id
    if (known && now !== user) changed()
    known = true
    user = now
  })
  return () => data.subscription.unsubscribe()
}

/** In a client with `accessToken` everything of `auth` throws. */
function hasSessions(client: SupabaseClient): boolean {
  try {
    return client.auth.getSession !== undefined
  } catch {
    return false
  }
}
