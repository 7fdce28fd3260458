import type { WireEvent } from '@steadywire/core'
import { noteText } from '@steadywire/server'

/** Texts of events, a line each (JSON has no line breaks), as values; what is no JSON is `undefined`. */
export function parseTexts(texts: readonly string[]): unknown[] {
  try {
    const values: unknown = JSON.parse(`[${texts.join()}]`)
    if (Array.isArray(values) && values.length === texts.length) return values
  } catch {
    // One of them is broken: the others are not to suffer.
  }
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
