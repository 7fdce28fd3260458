import { isSteadywireError, type Position, type ReadRange, topicName, wireError } from '@steadywire/core'
import { refused } from './refusals.ts'

const validEpoch = /^[\w.:-]{1,64}$/
const validMark = /^[\w.:-]{1,8}$/

/** @throws WireError `invalid_topic` */
export function parseTopic(topic: string): string {
  try {
    return topicName(topic)
  } catch (thrown) {
    if (!isSteadywireError(thrown)) throw thrown
    throw wireError('refused', thrown.code, thrown.message, thrown.hint === undefined ? {} : { hint: thrown.hint })
  }
}

/** @throws WireError `invalid_cursor` */
export function parsePosition({ epoch, seq, mark }: Position): Position {
  const valid =
    isWhole(seq) &&
    (epoch === undefined ? seq === 0 : matches(validEpoch, epoch)) &&
    (mark === undefined || matches(validMark, mark))
  if (!valid)
    throw refused('invalid_cursor', 'This is not a position', 'Send { epoch, seq, mark } as the server gave them.')
  return { seq, ...(epoch !== undefined && { epoch }), ...(mark !== undefined && { mark }) }
}

/** The range, with no more events than `maxLimit`. */
export function parseRange({ after, limit, before, last }: ReadRange, maxLimit: number): ReadRange {
  if (!isWhole(limit) || limit < 1 || (before !== undefined && !isWhole(before)))
    throw refused('invalid_option', 'This is not a range', 'limit must be 1 or more, before a seq.')
  return {
    limit: Math.min(limit, maxLimit),
    ...(after && { after: parsePosition(after) }),
    ...(before !== undefined && { before }),
    ...(last === true && { last }),
  }
}

function isWhole(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function matches(form: RegExp, value: unknown): boolean {
  return typeof value === 'string' && form.test(value)
}
