import type { Observation } from '@steadywire/core'

/** What one slice of time saw. */
export interface Slice {
  /** Its end, s since 1970. */
  readonly at: number
  /** How long it was: a page in the background gets its turn late. */
  readonly seconds: number
  readonly count: number
  /** From the moment the log placed an event to the moment the page had it, ms; undefined if there was none. */
  readonly median: number | undefined
  readonly worst: number | undefined
}

const sliceMs = 500
const keptSeconds = 60

/** How many events arrive and how late, over the last minute; and which event arrived at which place. */
export interface Meter {
  observe(record: Observation): void
  readonly slices: readonly Slice[]
  /** The id that arrived at a seq of a topic, in this life of the page. */
  idAt(topic: string, seq: number): string | undefined
  subscribe(listener: () => void): () => void
}

export function createMeter(): Meter {
  const born = Date.now()
  const listeners = new Set<() => void>()
  const ids = new Map<string, Map<number, string>>()
  let latencies: number[] = []
  let slices: readonly Slice[] = []
  let last = performance.now()

  setInterval(() => {
    const now = performance.now()
    const at = Date.now() / 1000
    slices = [...slices, sliceOf(latencies, at, (now - last) / 1000)].filter((slice) => at - slice.at < keptSeconds)
    last = now
    latencies = []
    for (const listener of listeners) listener()
  }, sliceMs)

  return {
    observe(record) {
      if (record.kind !== 'event' || record.stage !== 'delivered') return
      const known = ids.get(record.topic) ?? new Map<number, string>()
      ids.set(record.topic, known.set(record.seq, record.id))
      // What is older than the page was not late: nobody waited for it.
      if (record.time >= born) latencies.push(Math.max(0, Date.now() - record.time))
    },
    get slices() {
      return slices
    },
    idAt: (topic, seq) => ids.get(topic)?.get(seq),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function sliceOf(latencies: readonly number[], at: number, seconds: number): Slice {
  const sorted = latencies.toSorted((a, b) => a - b)
  return { at, seconds, count: sorted.length, median: sorted[sorted.length >> 1], worst: sorted.at(-1) }
}
