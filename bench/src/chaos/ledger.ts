import type { Gap } from '@steadywire/core'
import { gapReasons } from './scene.ts'

/** What one client was handed, against what it should be: 1, 2, 3 … */
export interface Account {
  last: number
  readonly missing: Set<number>
}

export const newAccount = (): Account => ({ last: 0, missing: new Set() })

/** Keeps the books of many clients, and the time that each delivery took. */
export function createLedger() {
  const tally = { delivered: 0, repeated: 0, disordered: 0, lost: 0, errors: 0 }
  const gaps = gapReasons.map(() => 0)
  let waits: number[] = []

  return {
    deliver(account: Account, n: number, waitedMs: number): void {
      tally.delivered++
      waits.push(waitedMs)
      if (n <= account.last) {
        if (account.missing.delete(n)) {
          tally.disordered++
          tally.lost--
        } else tally.repeated++
        return
      }
      for (let missing = account.last + 1; missing < n; missing++) account.missing.add(missing)
      tally.lost += n - account.last - 1
      account.last = n
    },
    /** What a gap covers is not lost in silence. */
    gap(account: Account, gap: Gap): void {
      const reason = gapReasons.indexOf(gap.reason)
      gaps[reason] = (gaps[reason] ?? 0) + 1
      account.last = gap.to.seq
    },
    error(): void {
      tally.errors++
    },
    /** Counts, then gaps by reason. */
    figures: (): readonly number[] => [...Object.values(tally), ...gaps],
    /** How long deliveries took since the last call: a thousand of them at most, evenly chosen. */
    takeWaits(): readonly number[] {
      const sorted = waits.sort((a, b) => a - b)
      waits = []
      if (sorted.length <= 1000) return sorted
      return Array.from({ length: 1000 }, (_, index) => sorted[Math.floor(((index + 0.5) * sorted.length) / 1000)] ?? 0)
    },
  }
}
