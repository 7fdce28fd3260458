import type { WireError } from './errors.ts'
import { type Appended, isSkip, type Position, type WireItem } from './event.ts'
import type { Attachment, Head } from './transport.ts'

/** What goes over a wire that encodes values by itself, as Socket.IO does: the same as the texts, not yet JSON. */
export type WireValue = Readonly<Record<string, unknown>>

/** @param maxBytes How large a message of the client may be, where more would end the line. */
export function helloValue(stream: string, heartbeatMs: number, maxBytes?: number): WireValue {
  return { hello: { v: 1, stream, heartbeatMs, ...(maxBytes !== undefined && { maxBytes }) } }
}

/** The frame that is a heartbeat. */
export function positionsValue(heads: ReadonlyMap<string, Position>): WireValue {
  const positions = Array.from(heads, ([topic, at]) => [topic, positionValue(at)] as const)
  return { heads: Object.fromEntries(positions) }
}

/** An item as a frame has it that names topic and epoch once. */
export function itemValue(item: WireItem): WireValue {
  if (isSkip(item)) return item.mark === undefined ? { skip: item.skip } : { skip: item.skip, mark: item.mark }
  const { topic: _, epoch: __, ...rest } = item
  return rest
}

export function pageValue(page: Attachment): WireValue {
  return { ...page, events: page.events.map(itemValue) }
}

export function headsValue(heads: ReadonlyMap<string, Head>): WireValue {
  return Object.fromEntries(heads)
}

export function appendedValue(appended: readonly Appended[]): readonly WireValue[] {
  return appended.map(({ position, duplicate }) => ({ position: positionValue(position), duplicate }))
}

/** Says what the client needs, and never a token or a cause. */
export function errorValue({ kind, code, message, hint, retryAfterMs }: WireError): WireValue {
  return { kind, code, message, hint, retryAfterMs }
}

function positionValue({ epoch, seq, mark }: Position): readonly unknown[] {
  return mark === undefined ? [epoch ?? null, seq] : [epoch ?? null, seq, mark]
}
