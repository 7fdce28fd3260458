import type { ConnectionView } from '../use-connection.ts'
import type { ConnectionTexts } from './texts.ts'

/** What of the connection is worth showing. */
export type ConnectionKind = 'live' | 'connecting' | 'waiting' | 'offline' | 'paused' | 'failed' | 'closed'

/** Before anything is followed there is nothing to miss: that counts as `live`. */
export function kindOf({ state, reason }: ConnectionView): ConnectionKind {
  if (state === 'online' || state === 'idle') return 'live'
  if (state === 'suspended') return reason === 'offline' ? 'offline' : 'paused'
  return state
}

/**
 * The same text for each try and the pauses between them: a live region that holds it is read out when the trouble begins, and not with
 * every try.
 */
export function connectionText(kind: ConnectionKind, { error }: ConnectionView, texts: ConnectionTexts): string {
  if (kind === 'failed') return texts.failed(error)
  if (kind === 'waiting' || (kind === 'connecting' && error)) return texts.reconnecting
  return texts[kind]
}

/** Where a try can be asked for; while one is under way the button stays, so that the focus of keyboard and screen reader is not lost. */
export function canRetry(kind: ConnectionKind, { error }: ConnectionView): boolean {
  return kind === 'waiting' || kind === 'failed' || (kind === 'connecting' && error !== undefined)
}
