import { markOf, type Position } from './event.ts'
import type { Page, ReadRange } from './transport.ts'

type Read = (range: ReadRange) => Promise<Page>
type ReadOn = Pick<ReadRange, 'limit'> & { readonly after: Position }

interface Asked extends ReadOn {
  readonly page: Promise<Page>
}

/** A smaller page is there soon enough. */
const fewest = 100

/**
 * Asks for the next page while one is under way, so that server and client work at the same time: at most one page waits
 * here. Where a page will end is foreseen from how long the one before was. The next one begins with the event that the
 * page before must end with; unless it does, it proves nothing of what follows, and is read once more as it should be.
 */
export class ReadAhead {
  #ahead: Asked | undefined
  /** How many seqs the last page covered; 0 while that is not known, or nothing can be foreseen. */
  #length: number

  /** @param length How many seqs the first page covered. */
  constructor(length: number) {
    this.#length = length
  }

  /** @param head The highest seq that is known to exist. */
  async goOn(range: ReadOn, head: number, read: Read): Promise<Page> {
    const { after, limit } = range
    const ahead = this.#ahead
    this.#ahead = undefined
    const fits = ahead?.after.seq === after.seq - 1
    if (ahead && !fits) this.#length = 0
    const asked = ahead && fits ? ahead : { ...range, page: read(range) }
    const size = Math.min(limit, this.#length)
    const end = asked.after.seq + Math.min(asked.limit, this.#length)
    if (size >= fewest && end < head) {
      const next = { after: { ...(after.epoch !== undefined && { epoch: after.epoch }), seq: end - 1 }, limit: size }
      this.#ahead = { ...next, page: read(next) }
      this.#ahead.page.catch(() => {})
    }
    if (asked !== ahead) return this.#noted(asked, await asked.page)
    const page = await asked.page.catch(() => undefined)
    if (page && goesOn(page, after)) return this.#noted(asked, page)
    this.forget()
    return read(range)
  }

  /** What was asked before is not good enough any more. */
  forget(): void {
    this.#ahead = undefined
    this.#length = 0
  }

  #noted({ after }: Asked, page: Page): Page {
    if (this.#length > 0) this.#length = page.through - after.seq
    return page
  }
}

/** Whether the page begins with the very event that is at this position. */
function goesOn({ epoch, rewound, events: [first] }: Page, at: Position): boolean {
  return epoch === at.epoch && !rewound && first?.seq === at.seq && markOf(first.id) === at.mark
}
