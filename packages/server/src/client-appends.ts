import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type Draft, type TopicRules, wireError } from '@steadywire/core'
import type { Limits } from './limits.ts'
import { parseDraft } from './parse-draft.ts'
import { refused } from './refusals.ts'

/**
 * Parses and validates what a client wants to append. With families, only their topics, types and data are taken.
 * @throws WireError `invalid_draft`, `invalid_topic`, `invalid_type`, `invalid_data`, `too_large`, `limit_reached`
 */
export async function checkClientDrafts(
  topic: string,
  drafts: readonly unknown[],
  families: readonly TopicRules[] | undefined,
  limits: Pick<Limits, 'draftsPerAppend' | 'payloadBytes'>,
): Promise<readonly Draft[]> {
  if (drafts.length > limits.draftsPerAppend)
    throw refused(
      'limit_reached',
      `${drafts.length} drafts are too many for one append`,
      `Send at most ${limits.draftsPerAppend} at once.`,
    )
  const family = families?.find((each) => each.match(topic))
  if (families && !family)
    throw refused(
      'invalid_topic',
      `${topic} is of no family that clients append to`,
      'Add its family to the topics of the gateway.',
    )
  const maxBytes = Math.min(limits.payloadBytes, family?.maxBytes ?? limits.payloadBytes)
  const parsed = drafts.map(parseDraft)
  for (const { draft, json } of parsed) {
    checkSize(topic, json, maxBytes)
    if (family) await checkData(topic, draft, family)
  }
  return parsed.map(({ draft }) => draft)
}

const encoder = new TextEncoder()

/** @throws WireError `too_large` */
export function checkSize(topic: string, json: string | undefined, maxBytes: number): void {
  const bytes = json === undefined ? 0 : encoder.encode(json).length
  if (bytes > maxBytes)
    throw refused(
      'too_large',
      `${bytes} bytes of data for ${topic} are over the cap of ${maxBytes}`,
      'Send less, or a reference to it.',
    )
}

async function checkData(topic: string, draft: Draft, family: TopicRules): Promise<void> {
  const schema = Object.hasOwn(family.schemas, draft.type) ? family.schemas[draft.type] : undefined
  if (!schema)
    throw refused(
      'invalid_type',
      `${family.pattern} has no events of type ${draft.type}`,
      `It has ${Object.keys(family.schemas).join(', ')}.`,
    )
  if (draft.truncated) {
    if (family.oversize === 'mark') return
    throw refused(
      'invalid_draft',
      `Events of ${family.pattern} are never truncated`,
      "Only families with oversize: 'mark' are.",
    )
  }
  const problem = await problemWith(schema, draft.data)
  if (problem !== undefined)
    throw wireError('refused', 'invalid_data', `${draft.type} for ${topic}: ${problem}`, {
      topic,
      hint: 'Check the data against the schema.',
    })
}

/** What is wrong with the data, naming the path; undefined if nothing is. */
export async function problemWith(schema: StandardSchemaV1, data: unknown): Promise<string | undefined> {
  const result = await schema['~standard'].validate(data)
  const issue = result.issues?.[0]
  if (!issue) return undefined
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return `${path || 'data'}: ${issue.message}`
}
