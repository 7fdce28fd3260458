import type { WireEvent } from '@steadywire/core'

class Given {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the private field below is to be put on this very object
    return given
  }
}

/**
 * Puts a text on an event where nothing else sees it: no copy, no JSON and no comparison. A WeakMap would do the same,
 * but setting it costs ten times as much.
 */
class Noted extends Given {
  #text: string

  constructor(event: WireEvent, text: string) {
    super(event)
    this.#text = text
  }

  static textOf(event: WireEvent): string | undefined {
    return #text in event ? (event as WireEvent & Noted).#text : undefined
  }
}

/**
 * Keeps the text that an event is sent as, so that it is not encoded again: JSON without `topic` and `epoch`, as
 * PROTOCOL.md has it. For logs that have the text anyway; to be called once, before the event is frozen.
 */
export function noteText(event: WireEvent, text: string): void {
  if (Object.isExtensible(event) && Noted.textOf(event) === undefined) new Noted(event, text)
}

export function notedText(event: WireEvent): string | undefined {
  return Noted.textOf(event)
}
