import {
  type Draft,
  type ReadRange,
  type Retention,
  SteadywireError,
  type TopicRules,
  type WireError,
  wireError,
} from '@steadywire/core'
import { maxBatch } from './log.ts'
import { type ParsedDraft, parseDraft } from './parse-draft.ts'
import { parseTopic } from './parse-input.ts'

/**
 * What every log checks before it appends. The drafts are copies, with their data as JSON text.
 * @throws WireError `invalid_topic`, `invalid_draft`, `limit_reached` above `maxBatch`
 */
export function parseAppend(topic: string, drafts: readonly Draft[]): { topic: string; drafts: ParsedDraft[] } {
  const name = parseTopic(topic)
  if (drafts.length > maxBatch)
    throw wireError('refused', 'limit_reached', `${drafts.length} drafts are too many for one append`, {
      hint: `Append at most ${maxBatch} at once.`,
    })
  return { topic: name, drafts: drafts.map(parseDraft) }
}

/**
 * What every log checks before it reads; answers the topic's name.
 * @throws WireError `invalid_topic`, `invalid_option`
 */
export function parseRead(topic: string, { limit, before, after }: ReadRange): string {
  const name = parseTopic(topic)
  const whole = [limit, before ?? 1, after?.seq ?? 0].every((number) => Number.isSafeInteger(number) && number >= 0)
  if (whole) return name
  throw wireError('refused', 'invalid_option', 'A range can only be read with whole numbers, 0 or more', {
    hint: 'Check limit, before and after.seq.',
  })
}

/** What a log rejects an append with that comes after the end of its topic. */
export function sealed(topic: string): WireError {
  return wireError('refused', 'sealed', `${topic} ended: its last event is final`, {
    topic,
    hint: 'Nothing can be appended after a final event; use a new topic.',
  })
}

/** What a log takes that keeps families apart. */
export interface RetentionOptions {
  /** What a topic keeps, where its family says nothing. Default: its newest 10,000 events; `{}` keeps all. */
  readonly retention?: Retention
  /** Families whose `retention` applies to their topics. */
  readonly topics?: readonly TopicRules[]
}

/**
 * What each topic keeps, by its name.
 * @throws SteadywireError `invalid_option`
 */
export function retentionByTopic({ retention, topics = [] }: RetentionOptions): (topic: string) => Retention {
  const fallback = checkRetention(retention ?? { maxEvents: 10_000 })
  const rules = topics.map((family) => ({ family, kept: checkRetention(family.retention ?? fallback) }))
  return (topic) => rules.find(({ family }) => family.match(topic))?.kept ?? fallback
}

/** A number of an option, 0 or more (`Infinity` too). @throws SteadywireError `invalid_option` */
export function parseCount(name: string, value: number): number {
  if (value >= 0) return value
  throw new SteadywireError('invalid_option', `${name} of the log is ${value}`, { hint: 'Give 0 or more.' })
}

/** When a call of a database counts as failed, ms. @throws SteadywireError `invalid_option` */
export function parseCallDeadline(ms = 5000): number {
  if (ms >= 1 && ms <= 0x7fffffff) return ms
  throw new SteadywireError('invalid_option', `callDeadlineMs is ${ms}`, { hint: 'Give a number of ms, 1 or more.' })
}

function checkRetention(retention: Retention): Retention {
  for (const [name, value] of Object.entries(retention)) parseCount(`retention.${name}`, value)
  return retention
}
