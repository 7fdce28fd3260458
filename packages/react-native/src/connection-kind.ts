import type { ConnectionView } from '@steadywire/react'
import type { Texts } from './texts.ts'

/** What of the connection is worth showing. */
export type ConnectionKind = 'live' | 'connecting' | 'waiting' | 'offline' | 'paused' | 'failed' | 'closed'

/** Before anything is followed there is nothing to miss: that counts as `live`. */
export function kindOf({ state, reason }: ConnectionView): ConnectionKind {
  if (state === 'online' || state === 'idle') return 'live'
  if (state === 'suspended') return reason === 'offline' ? 'offline' : 'paused'
  return state
}

/** The same for each try and the pauses between them: it is read out when the trouble begins, and not with every try. */
export function textOf(kind: ConnectionKind, { error }: ConnectionView, texts: Texts): string {
  if (kind === 'failed') return texts.failed(error)
  if (kind === 'waiting' || (kind === 'connecting' && error)) return texts.reconnecting
  return texts[kind]
}

/** While a try is under way the button stays, so that the screen reader's focus is not lost. */
export function canRetry(kind: ConnectionKind, { error }: ConnectionView): boolean {
  return kind === 'waiting' || kind === 'failed' || (kind === 'connecting' && error !== undefined)
}
