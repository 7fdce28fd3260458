import { markOf, type Page, type ReadRange, type WireEvent, wireError } from '@steadywire/core'
import { parsePage, type ReportBadItem } from '@steadywire/core/protocol'
import { noteTexts, parseTexts } from './texts.ts'

const unborn: Page = { oldest: 1, head: 0, events: [], through: 0 }

/** What the read script answered, as a page. @throws WireError `protocol` */
export function pageOf(topic: string, range: ReadRange, reply: unknown, report: ReportBadItem): Page {
  if (!Array.isArray(reply)) throw notOurs()
  if (reply.length === 0) return unborn
  const [epoch, oldest, head, mark, low, sealed, why, text] = reply
  if (typeof text !== 'string') throw notOurs()
  const texts = text === '' ? [] : text.split('\n')
  const values = parseTexts(texts)
  const parsed = parsePage(
    { epoch, oldest, head, mark, through: 0, events: values, ...(sealed === '1' && { sealed: true }) },
    topic,
    report,
  )
  noteTexts(parsed.events, values, texts)
  if (why === 'foreign') return parsed
  if (why === 'rewound') return { ...parsed, rewound: true }
  const page = withoutHoles(parsed, range)
  const throughMark = markAt(page, low)
  return throughMark === undefined ? page : { ...page, throughMark }
}

/**
 * Says how far the events reach. Every seq has an event, so where one is missing (removed by hand, or malformed) the page
 * must not step over it: it ends before the hole, or tells the hole as trimmed.
 */
function withoutHoles(page: Page, { after, limit, before = Number.POSITIVE_INFINITY, last }: ReadRange): Page {
  const start = Math.max((after?.seq ?? 0) + 1, page.oldest)
  const end = Math.max(0, Math.min(page.head, before - 1))
  if (start > end) return { ...page, through: end }
  if (limit === 0) return { ...page, through: last ? end : start - 1 }
  return last ? newest(page, start, end, limit) : next(page, start, end)
}

function next(page: Page, start: number, end: number): Page {
  const first = page.events[0]?.seq ?? end + 1
  const events = page.events.filter((event, index) => event.seq === first + index)
  const through = first + events.length - 1
  return first === start ? { ...page, events, through } : { ...page, oldest: first, events, through }
}

function newest(page: Page, start: number, end: number, limit: number): Page {
  const shift = end - page.events.length + 1
  const events = page.events.filter((event, index) => event.seq === shift + index)
  const first = events[0]?.seq ?? end + 1
  const whole = first === start || events.length === limit
  return whole ? { ...page, events, through: end } : { ...page, oldest: first, events, through: end }
}

function markAt({ events, through, head, mark, oldest }: Page, low: unknown): string | undefined {
  if (through === head) return mark
  const event: WireEvent | undefined = events.at(-1)
  if (event?.seq === through) return markOf(event.id)
  return through === oldest - 1 && typeof low === 'string' && low !== '' ? low : undefined
}

function notOurs() {
  return wireError('retry', 'protocol', 'Redis answered a read with something else than a page', {
    hint: 'Do all servers run the same version of @steadywire/log-redis?',
  })
}
