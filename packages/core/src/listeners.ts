/** Who wants to hear of something. One that throws keeps nothing from the others. */
export interface Listeners<T> {
  add(listener: (value: T) => void): () => void
  /** Tells everyone who listens at this moment; answers what was thrown. */
  tell(value: T): readonly unknown[]
  readonly size: number
}

const none: readonly unknown[] = []

export function createListeners<T>(): Listeners<T> {
  // Replaced when it changes, so that telling needs no copy of it.
  let all: readonly ((value: T) => void)[] = []
  return {
    add(listener) {
      const entry = (value: T): void => listener(value)
      all = [...all, entry]
      return () => {
        all = all.filter((other) => other !== entry)
      }
    },
    tell(value) {
      let thrown: unknown[] | undefined
      for (const listener of all) {
        try {
          listener(value)
        } catch (error) {
          thrown = [...(thrown ?? []), error]
        }
      }
      return thrown ?? none
    },
    get size() {
      return all.length
    },
  }
}
