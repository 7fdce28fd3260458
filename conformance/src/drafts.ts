import type { Appended, Draft, Page, ReadRange, WireEvent } from '@steadywire/core'

let drawn = 0

/** A draft with an id that nobody else has. */
export function draft(data: unknown, more: Partial<Draft> = {}): Draft {
  return { id: crypto.randomUUID(), type: 'note', data, ...more }
}

/** Drafts whose data is `from`, `from + 1`, … */
export function drafts(count: number, from = 1): Draft[] {
  return Array.from({ length: count }, (_, index) => draft(from + index))
}

/** A topic that no other case uses. */
export function freshTopic(theme = 'case'): string {
  drawn += 1
  return `${theme}:${drawn}-${crypto.randomUUID().slice(0, 8)}`
}

interface Readable {
  read(topic: string, range: ReadRange): Promise<Page>
}

interface Writable {
  append(topic: string, drafts: readonly Draft[]): Promise<readonly Appended[]>
}

/** Appends `count` events one after the other in batches; their data is their seq. */
export async function fill(log: Readable & Writable, topic: string, count: number): Promise<void> {
  let { head } = await log.read(topic, { limit: 1 })
  const end = head + count
  while (head < end) {
    const size = Math.min(500, end - head)
    await log.append(topic, drafts(size, head + 1))
    head += size
  }
}

/** Everything that the log has of a topic, page by page. */
export async function readAll(log: Readable, topic: string): Promise<WireEvent[]> {
  const events: WireEvent[] = []
  let page = await log.read(topic, { limit: 500 })
  events.push(...page.events)
  while (page.through < page.head && page.epoch !== undefined) {
    const after = {
      epoch: page.epoch,
      seq: page.through,
      ...(page.throughMark !== undefined && { mark: page.throughMark }),
    }
    page = await log.read(topic, { after, limit: 500 })
    events.push(...page.events)
  }
  return events
}

export function seqs(events: readonly { readonly seq: number }[]): number[] {
  return events.map((event) => event.seq)
}
