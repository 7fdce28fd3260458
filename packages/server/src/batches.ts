import type { WireItem } from '@steadywire/core'
import { encodeItem } from './encode.ts'

/** What one live batch may hold; a single item that is larger goes alone. */
export const maxBatchItems = 256
export const maxBatchBytes = 262_144

/** Cuts items into parts, each of which makes one batch. */
export function batchesOf(items: readonly WireItem[]): readonly (readonly WireItem[])[] {
  if (items.length <= 1) return items.length === 0 ? [] : [items]
  const batches: WireItem[][] = []
  let batch: WireItem[] = []
  let bytes = 0
  for (const item of items) {
    const more = encodeItem(item).length + 1
    if (batch.length > 0 && (batch.length === maxBatchItems || bytes + more > maxBatchBytes)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(item)
    bytes += more
  }
  return [...batches, batch]
}
