import { messageOf, type Page, type ReadRange } from '@steadywire/core'
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

/** Up to so many events, one script is less work than a transaction. */
const fewEvents = 16

/** Reads a page as one moment. */
export async function readPage(script: Script, { topic, keys, range, maxAgeMs, report }: Reading): Promise<Page> {
  const { after, before, limit, last } = range
  const names = [keys.hash, keys.stream]
  const position = [maxAgeMs, after?.seq ?? 0, after?.epoch ?? '', after?.mark ?? '']
  const from = (after?.seq ?? 0) + 1
  const to = before === undefined ? '+' : Math.max(0, before - 1)

  const inScript = async (): Promise<Page> => {
    const entries = last ? ['XREVRANGE', to, from, limit] : ['XRANGE', from, to, limit]
    const reply = await script.run(names, [...position, ...entries])
    return pageOf(topic, range, reply, Array.isArray(reply) ? reply[7] : undefined, report)
  }
  if (limit <= fewEvents) return inScript()
  try {
    // Entries that do not go through the script are given out ten times as fast.
    const [reply, entries] = await script.runWith(names, position, (also) =>
      last ? also.xrevrange(keys.stream, to, from, 'COUNT', limit) : also.xrange(keys.stream, from, to, 'COUNT', limit),
    )
    return pageOf(topic, range, reply, entries, report)
  } catch (thrown) {
    // A Redis without memory left begins no transaction, but a script that only reads may run.
    if (messageOf(thrown).startsWith('OOM')) return inScript()
    throw thrown
  }
}
