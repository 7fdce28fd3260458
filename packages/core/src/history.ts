import type { Decode } from './decode.ts'
import { isSteadywireError, SteadywireError } from './errors.ts'
import type { Page, ReadRange } from './transport.ts'

export interface HistoryOptions {
  /** How many events, 1 to 1,000. Default 100. */
  readonly limit?: number
  /** Only events below this seq: the first seq of the page before. */
  readonly before?: number
}

export interface HistoryPage<Event> {
  /** Ascending by seq. */
  readonly events: readonly Event[]
  /** Pass it as `before` for the page of older events; undefined if there are none. */
  readonly before: number | undefined
}

/** One page of a topic's past. Events that their schema refuses are left out. */
export async function readHistory<Event>(
  topic: string,
  { limit = 100, before }: HistoryOptions,
  decode: Decode,
  read: (range: ReadRange) => Promise<Page>,
): Promise<HistoryPage<Event>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new SteadywireError('invalid_option', `limit is ${limit}`, {
      topic,
      hint: 'Give a whole number from 1 to 1,000.',
    })
  const page = await read({ last: true, limit, ...(before !== undefined && { before }) })
  const decoded = await Promise.all(page.events.map(decode))
  const events = decoded.filter((event) => event !== 'passed' && !isSteadywireError(event)) as Event[]
  const first = page.events[0]?.seq
  return { events, before: first !== undefined && first > page.oldest ? first : undefined }
}
