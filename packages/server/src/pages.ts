import { markOf, type Page, type ReadRange, type WireEvent } from '@steadywire/core'
import { encodeItem } from './encode.ts'
import { isVisible } from './items.ts'

/** How many pages are read to find the newest visible events, where many are hidden. */
const maxRounds = 10

/**
 * Reads a page without the events that this reader may not see: its `through` steps over them. What is visible is asked
 * for after each reading, since rights may have changed meanwhile.
 */
export async function readVisible(
  read: (range: ReadRange) => Promise<Page>,
  range: ReadRange,
  visibleNow: () => ((event: WireEvent) => boolean) | undefined,
): Promise<Page> {
  const page = await read(range)
  const shown = (events: readonly WireEvent[]) => {
    const visible = visibleNow()
    return visible ? events.filter((event) => isVisible(event, visible)) : events
  }
  let events = shown(page.events)
  let oldest = events === page.events ? undefined : page.events[0]?.seq
  for (let round = 1; range.last && round < maxRounds && events.length < range.limit && oldest !== undefined; round++) {
    const more = await read({ ...range, before: oldest })
    if (more.epoch !== page.epoch) break
    events = [...shown(more.events), ...events].slice(-range.limit)
    oldest = more.events[0]?.seq
  }
  return { ...page, events }
}

/** The page that an attach without a position is answered with: empty, at the head. */
export async function readHead(read: (range: ReadRange) => Promise<Page>): Promise<Page> {
  const { events: _events, throughMark: _throughMark, ...head } = await read({ limit: 1, last: true })
  return { ...head, events: [], through: head.head, ...(head.mark !== undefined && { throughMark: head.mark }) }
}

/** Leaves events out that would make a page too heavy: the last ones, or with `last` the oldest. At least one stays. */
export function cutPage(page: Page, maxBytes: number, last = false): Page {
  if (maxBytes === Number.POSITIVE_INFINITY) return page
  const { events } = page
  let [bytes, kept] = [0, 0]
  while (kept < events.length) {
    const event = events[last ? events.length - 1 - kept : kept] as WireEvent
    bytes += encodeItem(event).length
    if (bytes > maxBytes && kept > 0) break
    kept++
  }
  if (kept === events.length) return page
  if (last) return { ...page, events: events.slice(-kept) }
  const end = events[kept - 1] as WireEvent
  return { ...page, events: events.slice(0, kept), through: end.seq, throughMark: markOf(end.id) }
}
