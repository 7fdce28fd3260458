import type { Status } from '../../../src/page/protocol.ts'

/** Which places of a topic arrived: enough to tell what is missing, what came twice and what came too early. */
export interface Ledger {
  /** Ascending, apart from each other, both ends included. One of them, if nothing is missing. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
  readonly repeated: number
  readonly disordered: number
}

export const emptyLedger: Ledger = { ranges: [], repeated: 0, disordered: 0 }

export function noteArrival({ ranges, repeated, disordered }: Ledger, seq: number): Ledger {
  const last = ranges.at(-1)
  if (last && seq === last[1] + 1) return { ranges: [...ranges.slice(0, -1), [last[0], seq]], repeated, disordered }
  if (!last || seq > last[1]) return { ranges: [...ranges, [seq, seq]], repeated, disordered }
  if (has(ranges, seq)) return { ranges, repeated: repeated + 1, disordered }
  return { ranges: joined([...ranges, [seq, seq]]), repeated, disordered: disordered + 1 }
}

function has(ranges: Ledger['ranges'], seq: number): boolean {
  return ranges.some(([from, to]) => from <= seq && seq <= to)
}

function joined(ranges: readonly (readonly [number, number])[]): Ledger['ranges'] {
  const result: [number, number][] = []
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}

export interface Tally {
  readonly emitted: number
  /** Arrived at its place, under its id. */
  readonly delivered: number
  readonly repeated: number
  readonly disordered: number
  /** Passed by: later ones arrived, it did not. */
  readonly lost: number
  readonly underWay: number
  /** The place of the first event under way that is known. */
  readonly awaited: number | undefined
  /** So many of the emitted ones are not known yet, and count as under way. */
  readonly uncompared: number
}

/** Compares what arrived with what the server says it emitted. `idAt`: which id arrived at a place, where that is known; `total`: so many there are. */
export function tallyOf(
  emitted: Status['emitted'],
  { ranges, repeated, disordered }: Ledger,
  idAt: (seq: number) => string | undefined,
  total = emitted.length,
): Tally {
  const newest = ranges.at(-1)?.[1] ?? 0
  let delivered = 0
  let lost = 0
  let awaited: number | undefined
  for (const { id, seq } of emitted) {
    if (has(ranges, seq) && (idAt(seq) ?? id) === id) delivered++
    else if (seq <= newest) lost++
    else awaited ??= seq
  }
  const underWay = total - delivered - lost
  const uncompared = total - emitted.length
  return { emitted: total, delivered, repeated, disordered, lost, underWay, awaited, uncompared }
}
