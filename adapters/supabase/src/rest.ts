import {
  type Appended,
  type Attachment,
  type Draft,
  type Head,
  type ReadRange,
  type WireError,
  wireError,
} from '@steadywire/core'
import { parseAppended, parseHeads, parsePage } from '@steadywire/core/protocol'
import type { SupabaseClient } from '@supabase/supabase-js'
import { restError } from './rest-error.ts'
import { sessionToken } from './shared-client.ts'

/** What is asked of the database by functions, each of which sees one moment. */
export interface Rest {
  read(topic: string, range: ReadRange, signal: AbortSignal): Promise<Attachment>
  heads(
    topics: readonly string[],
    signal: AbortSignal,
  ): Promise<{ heads: ReadonlyMap<string, Head>; expiresIn?: number }>
  append(topic: string, drafts: readonly Draft[], signal: AbortSignal): Promise<readonly Appended[]>
}

/**
 * @param token The one in use, which a refusal may name.
 * @param heard Called at every answer.
 */
export function createRest(
  client: SupabaseClient,
  token: () => string | undefined,
  warn: (error: WireError) => void,
  heard: () => void,
): Rest {
  async function call(doing: string, name: string, args: object, signal: AbortSignal): Promise<unknown> {
    const used = token()
    const session = await sessionToken(client)
    const request = client.rpc(name, args).abortSignal(signal)
    if (session !== undefined) request.setHeader('Authorization', `Bearer ${session}`)
    const { data, error, status } = await request
    if (signal.aborted) throw wireError('retry', 'unsubscribed', `${doing} was given up`)
    if (status > 0) heard()
    if (error) throw restError(doing, status, error, used)
    return data
  }

  return {
    async read(topic, { after, limit, before, last }, signal) {
      const args = {
        topic,
        after_seq: after?.seq ?? null,
        after_epoch: after?.epoch ?? null,
        after_mark: after?.mark ?? null,
        most: limit,
        before: before ?? null,
        last: last ?? false,
      }
      return parsePage(await call(`Reading ${topic}`, 'steadywire_read', args, signal), topic, warn)
    },
    async heads(topics, signal) {
      const answer = Object(await call('Asking for heads', 'steadywire_heads', { topics }, signal))
      const { expiresIn } = answer
      return { heads: parseHeads(answer.heads), ...(typeof expiresIn === 'number' && { expiresIn }) }
    },
    async append(topic, drafts, signal) {
      return parseAppended(
        await call(`Appending to ${topic}`, 'steadywire_append', { topic, drafts: drafts.map(draftOf) }, signal),
      )
    },
  }
}

/** As `steadywire.append_drafts` takes it: data and key are JSON, as text, so that they stay as they are. */
function draftOf({ id, type, data, key, entity, actor, truncated, final }: Draft) {
  return {
    id,
    type,
    data: data === undefined ? undefined : JSON.stringify(data),
    key: key === undefined ? undefined : JSON.stringify(key),
    entity_type: entity?.type,
    entity_id: entity?.id,
    actor,
    truncated,
    final,
  }
}
