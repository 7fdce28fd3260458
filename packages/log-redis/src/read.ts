import type { Page, ReadRange } from '@steadywire/core'
import type { ReportBadItem } from '@steadywire/core/protocol'
import type { TopicKeys } from './keys.ts'
import { pageOf } from './page.ts'
import type { Script } from './script.ts'

export interface Reading {
  readonly topic: string
  readonly keys: TopicKeys
  readonly range: ReadRange
  readonly maxAgeMs: number
  readonly report: ReportBadItem
}

/** Reads a page as one moment. The entries do not go through the script: Redis gives them out ten times as fast. */
export async function readPage(script: Script, reading: Reading): Promise<Page> {
  const { topic, keys, range, maxAgeMs, report } = reading
  const { after, before, limit, last } = range
  const from = (after?.seq ?? 0) + 1
  const to = before === undefined ? '+' : Math.max(0, before - 1)
  const [reply, entries] = await script.runWith(
    [keys.hash, keys.stream],
    [maxAgeMs, after?.seq ?? 0, after?.epoch ?? '', after?.mark ?? ''],
    (also) =>
      last ? also.xrevrange(keys.stream, to, from, 'COUNT', limit) : also.xrange(keys.stream, from, to, 'COUNT', limit),
  )
  return pageOf(topic, range, reply, entries, report)
}
