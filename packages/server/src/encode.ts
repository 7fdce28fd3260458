import { type Draft, isSkip, type Skip, type WireEvent, type WireItem } from '@steadywire/core'
import { notedText, noteText } from './event-text.ts'
import type { LiveBatch } from './gateway-contract.ts'

/**
 * The JSON of one item without `topic` and `epoch`, as PROTOCOL.md has it. An event is encoded once, however many
 * readers, live or replayed, are sent it: the same object gives the same text.
 */
export function encodeItem(item: WireItem): string {
  if (isSkip(item)) return encodeSkip(item)
  const known = notedText(item)
  if (known !== undefined) return known
  const text = encodeEvent(item, item.data === undefined ? undefined : JSON.stringify(item.data))
  noteText(item, text)
  return text
}

/** The event's text, with the text of its data where that is known. */
export function encodeEvent(event: Omit<WireEvent, 'topic' | 'epoch'>, data: string | undefined): string {
  const { id, seq, type, time } = event
  return `{"id":${JSON.stringify(id)},"seq":${seq},"type":${JSON.stringify(type)},"time":${time}${encodeContent(event, data)}`
}

/**
 * The end of an event's text, after its time: what a log that numbers elsewhere (in a script of its database) can have
 * encoded before. `data` is the JSON of the data.
 */
export function encodeContent(draft: Omit<Draft, 'id' | 'type'>, data: string | undefined): string {
  const { key, entity, actor, truncated, final } = draft
  let text = ''
  if (data !== undefined) text += `,"data":${data}`
  if (key !== undefined) text += `,"key":${JSON.stringify(key)}`
  if (entity !== undefined) text += `,"entity":${JSON.stringify(entity)}`
  if (actor !== undefined) text += `,"actor":${JSON.stringify(actor)}`
  if (truncated) text += ',"truncated":true'
  if (final) text += ',"final":true'
  return `${text}}`
}

/** The items' JSON, joined by commas. */
export function encodeItems(items: readonly WireItem[]): string {
  if (items.length === 1) return encodeItem(items[0] as WireItem)
  return items.map(encodeItem).join()
}

function encodeSkip({ skip, mark }: Skip): string {
  return mark === undefined ? `{"skip":[${skip}]}` : `{"skip":[${skip}],"mark":${JSON.stringify(mark)}}`
}

/** The length of {@link encodeItems}, without joining anything. */
function lengthOf(items: readonly WireItem[]): number {
  return items.reduce((length, item) => length + encodeItem(item).length, items.length - 1)
}

/** Items of one topic, the text of which is made when the first reader asks for it, and kept. */
export class Batch implements LiveBatch {
  readonly topic: string
  readonly epoch: string
  declare readonly prev?: string
  readonly items: readonly WireItem[]
  #text: string | undefined
  #bytes: number | undefined

  constructor(topic: string, epoch: string, prev: string | undefined, items: readonly WireItem[]) {
    this.topic = topic
    this.epoch = epoch
    if (prev !== undefined) this.prev = prev
    this.items = items
  }

  get text(): string {
    this.#text ??= encodeItems(this.items)
    return this.#text
  }

  /** The length of `text`. */
  get bytes(): number {
    this.#bytes ??= lengthOf(this.items)
    return this.#bytes
  }
}
