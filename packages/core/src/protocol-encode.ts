import type { WireError } from './errors.ts'
import type { Appended, Position, WireEvent } from './event.ts'
import { appendedValue, errorValue, headsValue, helloValue, positionsValue } from './protocol-values.ts'
import type { Attachment, Head } from './transport.ts'

/** The JSON text of an event without `topic` and `epoch`: encoded once, sent to every reader. */
export type EncodeEvent = (event: WireEvent) => string

/** What an items frame says: `text` is the JSON of its items, joined by commas, and is placed as it is. */
export interface ItemsText {
  readonly topic: string
  readonly epoch: string
  readonly prev?: string
  readonly text: string
}

export function encodeItems(batch: ItemsText): string {
  const prev = batch.prev === undefined ? '' : `,"prev":${JSON.stringify(batch.prev)}`
  return `{"topic":${JSON.stringify(batch.topic)},"epoch":${JSON.stringify(batch.epoch)}${prev},"items":[${batch.text}]}`
}

export function encodeHello(stream: string, heartbeatMs: number): string {
  return JSON.stringify(helloValue(stream, heartbeatMs))
}

export function encodePositions(heads: ReadonlyMap<string, Position>): string {
  return JSON.stringify(positionsValue(heads))
}

export function encodeAttached(
  topic: string,
  number: number | undefined,
  page: Attachment,
  encode: EncodeEvent,
): readonly string[] {
  return [`{"attached":${JSON.stringify(topic)},${numbered(number)}"page":`, ...encodePage(page, encode), '}']
}

export function encodeFailed(topic: string, number: number | undefined, error: WireError): string {
  return `{"failed":${JSON.stringify(topic)},${numbered(number)}"error":${encodeError(error)}}`
}

export function encodeVerify(topic: string): string {
  return JSON.stringify({ verify: topic })
}

export function encodeLost(topic: string, error: WireError): string {
  return `{"lost":${JSON.stringify(topic)},"error":${encodeError(error)}}`
}

export function encodeClosing(error: WireError): string {
  return `{"closing":${encodeError(error)}}`
}

/** In parts, to be sent one after the other: the events' texts are there already, and a page of them is large. */
export function encodePage(page: Attachment, encode: EncodeEvent): readonly string[] {
  const { events, ...rest } = page
  const parts = [`${JSON.stringify(rest).slice(0, -1)},"events":[`]
  for (const event of events) {
    if (parts.length > 1) parts.push(',')
    parts.push(encode(event))
  }
  parts.push(']}')
  return parts
}

export function encodeHeads(heads: ReadonlyMap<string, Head>): string {
  return JSON.stringify(headsValue(heads))
}

export function encodeAppended(appended: readonly Appended[]): string {
  return JSON.stringify(appendedValue(appended))
}

export function encodeError(error: WireError): string {
  return JSON.stringify(errorValue(error))
}

function numbered(number: number | undefined): string {
  return number === undefined ? '' : `"number":${number},`
}
