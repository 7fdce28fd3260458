import { type ErrorCode, type WireError, type WireErrorKind, wireError } from '@steadywire/core'

type Meaning = readonly [said: RegExp, kind: WireErrorKind, code: ErrorCode, hint?: string]

/** What Realtime says when it refuses or closes a channel. What is not known may pass. */
const meanings: readonly Meaning[] = [
  [/expired|JWT/i, 'auth', 'unauthenticated'],
  [
    /^"?Unauthorized|permissions? to read/,
    'refused',
    'forbidden',
    'A private channel needs a policy on realtime.messages: see @steadywire/sql.',
  ],
  [
    /PrivateOnly/,
    'config',
    'invalid_config',
    'This project allows private channels only: choose feed: "broadcast", or allow public ones.',
  ],
  [/An exception happened/, 'retry', 'unavailable'],
  [
    /Unable to subscribe to changes|RealtimeDisabledForConfiguration/,
    'config',
    'invalid_config',
    'Is the table in the publication supabase_realtime? select * from steadywire.diagnose() says more.',
  ],
  [
    /TenantNotFound|RealtimeDisabledForTenant/,
    'config',
    'invalid_config',
    'Is Realtime enabled for this project, and the address right?',
  ],
  [
    /Too many channels/,
    'retry',
    'rate_limited',
    'A connection may have 100 channels (of the app, too): follow fewer topics at once, or raise the limit of the project.',
  ],
  [/RateLimit|Too many/, 'retry', 'rate_limited'],
]

/** How long a limit of Realtime is respected before the next try, ms. */
const limitedMs = 10_000

export function channelError(doing: string, said: string, topic: string, token: string | undefined): WireError {
  const [, kind, code, hint] = meanings.find(([pattern]) => pattern.test(said)) ?? [undefined, 'retry', 'unavailable']
  return wireError(kind as WireErrorKind, code as ErrorCode, `${doing}: ${said}`, {
    topic,
    ...(hint !== undefined && { hint }),
    ...(code === 'rate_limited' && { retryAfterMs: limitedMs }),
    ...(kind === 'auth' && token !== undefined && { token }),
  })
}
