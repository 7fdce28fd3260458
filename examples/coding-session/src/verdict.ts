import type { EventRecord } from './record.ts'

export interface Verdict {
  readonly emitted: number
  readonly delivered: number
  readonly repeated: number
  readonly outOfOrder: number
  readonly gaps: number
  readonly reconnects: number
  readonly p50: number
  readonly p99: number
}

/** Compares what the worker emitted with what the viewer's handler was given, event by event, content included. */
export function judge(
  emitted: readonly EventRecord[],
  arrived: readonly EventRecord[],
  seen: { readonly gaps: number; readonly reconnects: number },
): Verdict {
  const known = new Map(emitted.map((event) => [event.id, event]))
  const met = new Set<string>()
  const latencies: number[] = []
  let repeated = 0
  let outOfOrder = 0
  let last = 0
  let wrong = 0
  for (const { id, seq, at, hash } of arrived) {
    if (met.has(id)) {
      repeated++
      continue
    }
    met.add(id)
    if (seq < last) outOfOrder++
    last = Math.max(last, seq)
    const source = known.get(id)
    if (source?.seq !== seq || source.hash !== hash) wrong++
    else latencies.push(at - source.at)
  }
  latencies.sort((a, b) => a - b)
  const percentile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? 0
  const delivered = met.size - wrong
  return {
    emitted: emitted.length,
    delivered,
    repeated,
    outOfOrder,
    ...seen,
    p50: percentile(0.5),
    p99: percentile(0.99),
  }
}

export function isClean({ emitted, delivered, repeated, outOfOrder, gaps }: Verdict): boolean {
  return emitted > 0 && delivered === emitted && repeated + outOfOrder + gaps === 0
}

export function formatVerdict(verdict: Verdict): string {
  const { delivered, emitted, repeated, outOfOrder, gaps, reconnects, p50, p99 } = verdict
  const counts = `delivered ${delivered}/${emitted}, repeated ${repeated}, out of order ${outOfOrder}, gaps ${gaps}`
  return `verdict: ${counts}, reconnects ${reconnects}, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
}
