import { createSubscriber, type Subscriber } from '@steadywire/core'
import { browserLifecycle, webStorageCursors } from '@steadywire/core/browser'
import { supabase } from '@steadywire/supabase'
import type { SupabaseClient } from '@supabase/supabase-js'
import { team } from './team.ts'

/** Once for the app. `client` is the app's own, which signs users in; `url` and `key` (the publishable one) are those of the project. */
export function startLive(client: SupabaseClient, url: string, key: string, userId: string): Subscriber {
  return createSubscriber({
    transport: supabase({ url, key }),
    identity: {
      subject: userId,
      async token({ refresh }) {
        const { data } = refresh ? await client.auth.refreshSession() : await client.auth.getSession()
        return data.session?.access_token
      },
    },
    lifecycle: browserLifecycle(),
    cursors: webStorageCursors(),
  })
}

/** `reload` is called at first, and after a gap: the app gets what it shows from where it keeps it. Then come the events after that. */
export function followTeam(
  live: Subscriber,
  teamId: string,
  show: (text: string) => void,
  reload: () => Promise<void>,
) {
  return live.subscribe(team({ teamId }), {
    load: reload,
    event: ({ data }) => show(data.text),
    error: ({ code, message, hint }) => console.warn(code, message, hint),
  })
}
