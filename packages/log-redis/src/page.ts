import { markOf, type Page, type ReadRange, type WireEvent, wireError } from '@steadywire/core'
import { parsePage, type ReportBadItem } from '@steadywire/core/protocol'
import { noteLines, parseLines } from '@steadywire/server'

const unborn: Page = { oldest: 1, head: 0, events: [], through: 0 }

/**
 * A page of what the read script answered, and of the entries that were read with it.
 * @throws WireError `protocol`
 */
export function pageOf(topic: string, range: ReadRange, reply: unknown, entries: unknown, report: ReportBadItem): Page {
  if (!Array.isArray(reply)) throw notOurs()
  if (reply.length === 0) return unborn
  const [epoch, oldest, head, mark, low, sealed, why] = reply
  const texts = why === '' ? textsOf(entries) : []
  if (range.last) texts.reverse()
  const values = parseLines(texts)
  const parsed = parsePage(
    { epoch, oldest, head, mark, through: 0, events: values, ...(sealed === '1' && { sealed: true }) },
    topic,
    report,
  )
  noteLines(parsed.events, values, texts)
  if (why === 'foreign') return parsed
  if (why === 'rewound') return { ...parsed, rewound: true }
  const page = withoutHoles(parsed, range)
  const throughMark = markAt(page, low)
  return throughMark === undefined ? page : { ...page, throughMark }
}

/** Entries are `[id, [field, text]]`. */
function textsOf(entries: unknown): string[] {
  if (!Array.isArray(entries)) return []
  return entries.map((entry) => {
    const text: unknown = entry?.[1]?.[1]
    return typeof text === 'string' ? text : ''
  })
}

/**
 * Says how far the events reach. Every seq has an event, so where one is missing (removed by hand, or malformed) the page
 * must not step over it: it ends before the hole, or tells the hole as trimmed.
 */
function withoutHoles(page: Page, { after, limit, before = Number.POSITIVE_INFINITY, last }: ReadRange): Page {
  const start = Math.max((after?.seq ?? 0) + 1, page.oldest)
  const end = Math.max(0, Math.min(page.head, before - 1))
  if (start > end) return { ...page, events: [], through: end }
  if (limit === 0) return { ...page, through: last ? end : start - 1 }
  // What retention will remove with the next append is there, and counts as gone. Of two entries with one seq the later one
  // holds: kill -9 can tear an append apart in Redis' append-only file, and its second restart then brings back a part of it.
  const kept = page.events.filter(({ seq }, index) => seq >= start && seq <= end && page.events[index + 1]?.seq !== seq)
  const full = page.events.length >= limit
  if (last) return newest(page, kept, start, end, full)
  const onlyGone = kept.length === 0 && full
  return onlyGone ? { ...page, events: [], through: page.oldest - 1 } : next(page, kept, start, end)
}

function next(page: Page, kept: readonly WireEvent[], start: number, end: number): Page {
  const first = kept[0]?.seq ?? end + 1
  const events = kept.filter((event, index) => event.seq === first + index)
  const through = first + events.length - 1
  return first === start ? { ...page, events, through } : { ...page, oldest: first, events, through }
}

function newest(page: Page, kept: readonly WireEvent[], start: number, end: number, full: boolean): Page {
  const shift = end - kept.length + 1
  const events = kept.filter((event, index) => event.seq === shift + index)
  const first = events[0]?.seq ?? end + 1
  const whole = first === start || (full && events.length === kept.length)
  return whole ? { ...page, events, through: end } : { ...page, oldest: first, events, through: end }
}

function markAt({ events, through, head, mark, oldest }: Page, low: unknown): string | undefined {
  if (through === head) return mark
  const event = events.at(-1)
  if (event?.seq === through) return markOf(event.id)
  return through === oldest - 1 && typeof low === 'string' && low !== '' ? low : undefined
}

function notOurs() {
  return wireError('retry', 'protocol', 'Redis answered a read with something else than a page', {
    hint: 'Do all servers run the same version of @steadywire/log-redis?',
  })
}
