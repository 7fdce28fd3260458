/** The middle value; of an even count the mean of both middle ones. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}

/** The smallest value that a share of `p` (0 to 1) of all values does not exceed. NaN for none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = ascending(values)
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN
}

/** The largest share of all times that lies within one window of this length. 0 for none. */
export function busiestShare(times: readonly number[], window: number): number {
  const sorted = ascending(times)
  let most = 0
  let first = 0
  for (const [index, time] of sorted.entries()) {
    while (time - (sorted[first] ?? time) >= window) first++
    most = Math.max(most, index - first + 1)
  }
  return sorted.length === 0 ? 0 : most / sorted.length
}

/** What is lost or repeated of the seqs 1 … `last`, each of which should be there once. */
export function lostOrRepeated(seqs: readonly number[], last: number): number {
  const once = new Set(seqs.filter((seq) => seq >= 1 && seq <= last))
  return last - once.size + (seqs.length - once.size)
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}
