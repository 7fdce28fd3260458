import type { ParsedDraft } from '@steadywire/server'

/** Drafts as `steadywire.append_json` takes them; data and keys are JSON, as text. */
export function draftsText(drafts: readonly ParsedDraft[]): string {
  return JSON.stringify(
    drafts.map(({ draft: { id, type, key, entity, actor, truncated, final }, json }) => ({
      id,
      type,
      data: json,
      key: key === undefined ? undefined : JSON.stringify(key),
      entity_type: entity?.type,
      entity_id: entity?.id,
      actor,
      truncated,
      final,
    })),
  )
}
