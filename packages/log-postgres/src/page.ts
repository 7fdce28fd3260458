import { type Page, wireError } from '@steadywire/core'
import { parsePage, type ReportBadItem } from '@steadywire/core/protocol'
import { noteLines, parseLines } from '@steadywire/server'

/** A page as `steadywire.page` answers it: the JSON of all but its events, without its end, and the events' texts, a line each. */
export function pageOf(topic: string, row: unknown, report: ReportBadItem): Page {
  const { head, events }: Readonly<Record<string, unknown>> = Object(row)
  if (typeof head !== 'string' || typeof events !== 'string') throw notOurs()
  const texts = events === '' ? [] : events.split('\n')
  const values = parseLines(texts)
  const page = parsePage({ ...JSON.parse(`${head}}`), events: values }, topic, report)
  noteLines(page.events, values, texts)
  return page
}

function notOurs() {
  return wireError('retry', 'protocol', 'PostgreSQL answered a read with something else than a page', {
    hint: 'Are the migrations of the same version as @steadywire/log-postgres?',
  })
}
