import type { Decode } from './decode.ts'
import { isSteadywireError, SteadywireError } from './errors.ts'
import type { AnyTransport, Page, ReadRange } from './transport.ts'

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

/** @throws SteadywireError `invalid_option`, `not_supported` */
export function checkHistoryOptions(
  topic: string,
  { limit = 100, before }: HistoryOptions,
  wire: AnyTransport,
): ReadRange {
  if (!wire.capabilities.positions)
    throw new SteadywireError('not_supported', `${wire.name} keeps no history`, { topic })
  for (const [name, value] of Object.entries({ limit, before: before ?? 1 }))
    if (!Number.isInteger(value) || value < 1 || (name === 'limit' && value > 1000))
      throw new SteadywireError('invalid_option', `${name} is ${value}`, {
        topic,
        hint: 'Give a limit from 1 to 1,000, and as before a seq.',
      })
  return { last: true, limit, ...(before !== undefined && { before }) }
}

/** Events that their schema refuses are reported and left out (guarantee E4). */
export async function decodeHistory<Event>(
  page: Page,
  decode: Decode,
  report: (error: SteadywireError) => void,
): Promise<HistoryPage<Event>> {
  const decoded = await Promise.all(page.events.map(async (event) => decode(event)))
  for (const event of decoded) if (isSteadywireError(event)) report(event)
  const events = decoded.filter((event) => event !== 'passed' && !isSteadywireError(event)) as Event[]
  const first = page.events[0]?.seq
  return { events, before: first !== undefined && first > page.oldest ? first : undefined }
}
