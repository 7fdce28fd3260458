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
function placeOf({ from, to }: Gap, events: readonly ListedEvent[]): number {
  let place = events.length
  let next = Number.POSITIVE_INFINITY
  while (place > 0) {
    const event = events[place - 1] as ListedEvent
    const isLastBefore = event.epoch === from.epoch && event.seq === from.seq && markOf(event.id) === from.mark
    if (isLastBefore || event.epoch !== to.epoch || event.seq <= to.seq || event.seq >= next) break
    next = event.seq
    place -= 1
  }
  return place
}
