import type { Since } from './plain-options.ts'

/** Who waits longer for a history does without: what comes live must not wait for it for ever. */
export const historyMs = 5000

/** What is remembered of topics from line to line. */
export class PlainMemory {
  /** What was known of a topic when it was lost, until the app is told what came after it. */
  readonly #holes = new Map<string, Since>()
  /** How long a history is waited for, ms, where the last one was not waited for to its end. */
  readonly #patience = new Map<string, number>()

  lost(topic: string, since: Since): void {
    const before = this.#holes.get(topic)
    if (!before || since.time < before.time) this.#holes.set(topic, since)
  }

  /** The app was told, by events or by a gap. */
  told(topic: string): void {
    this.#holes.delete(topic)
  }

  /** Another subscription may have been told meanwhile, but one was not. */
  untold(topic: string, since: Since): void {
    this.#holes.set(topic, since)
  }

  holeOf(topic: string): Since | undefined {
    return this.#holes.get(topic)
  }

  patienceFor(topic: string): number {
    return this.#patience.get(topic) ?? historyMs
  }

  answered(topic: string): void {
    this.#patience.delete(topic)
  }

  /**
   * The history was given up from outside after `ms`, maybe since an attach may not last longer. It gets less the next
   * time, or no attach would ever succeed.
   */
  cutOff(topic: string, ms: number): void {
    this.#patience.set(topic, ms / 2)
  }

  /** Forgets the other topics. */
  keep(topics: ReadonlySet<string>): void {
    for (const kept of [this.#holes, this.#patience])
      for (const topic of kept.keys()) if (!topics.has(topic)) kept.delete(topic)
  }
}
