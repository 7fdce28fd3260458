import type { WireEvent } from '@steadywire/core'
import { noteText } from '@steadywire/server'

/** Texts of events as values; what is no JSON is `undefined`. One by one: to join them takes more than it saves. */
export function parseTexts(texts: readonly string[]): unknown[] {
  return texts.map(parseText)
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Notes the texts of those values that proved to be events: they are sent on as they were stored. */
export function noteTexts(events: readonly WireEvent[], values: readonly unknown[], texts: readonly string[]): void {
  let at = 0
  for (const event of events) {
    at = values.indexOf(event, at)
    noteText(event, texts[at] ?? '')
  }
}
