import { type Gap, markOf } from '@steadywire/core'

/** What the list needs to know of an event. */
export interface ListedEvent {
  readonly id: string
  readonly epoch: string
  readonly seq: number
}

export type Row<Event> =
  | { readonly key: string; readonly event: Event; readonly gap?: never }
  | { readonly key: string; readonly gap: Gap; readonly event?: never }

/** Events in the order of their stream, each gap in its place. */
export function rowsOf<Event extends ListedEvent>(events: readonly Event[], gaps: readonly Gap[]): Row<Event>[] {
  const rows: Row<Event>[] = events.map((event) => ({ key: event.id, event }))
  let end = events.length
  for (const gap of [...gaps].reverse()) {
    // From the latest gap to the first, so that what was placed bounds the next, and is not shifted by it.
    end = placeOf(gap, events.slice(0, end))
    const { epoch = '', seq } = gap.to
    rows.splice(end, 0, { key: `gap ${gap.reason} ${epoch} ${seq}`, gap })
  }
  return rows
}

/** Behind the last event that was there before the gap: those after it are of its new epoch, above its end, and without a step back. */
function placeOf(gap: Gap, events: readonly ListedEvent[]): number {
  let place = events.length
  let next = Number.POSITIVE_INFINITY
  while (place > 0) {
    const event = events[place - 1] as ListedEvent
    if (!mayBeAfter(gap, event) || event.seq >= next) break
    next = event.seq
    place -= 1
  }
  return place
}

function mayBeAfter({ from, to }: Gap, { id, epoch, seq }: ListedEvent): boolean {
  if (epoch === from.epoch && seq === from.seq && markOf(id) === from.mark) return false
  // A log that came back empty has its epoch with its next event.
  return to.epoch === undefined ? epoch !== from.epoch : epoch === to.epoch && seq > to.seq
}
