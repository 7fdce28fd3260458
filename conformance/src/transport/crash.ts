import type { CursorStore } from '@steadywire/core'

/** A cursor store as a process sees it that may crash: from then on its writes reach nothing. */
export interface Crashable {
  readonly store: CursorStore
  crash(): void
  /** The newest cursor that was stored. */
  last(): string | undefined
  all(): readonly string[]
}

export function crashable(inner: CursorStore): Crashable {
  const written: string[] = []
  let crashed = false
  return {
    store: {
      get: (key) => inner.get(key),
      async advance(key, cursor, options) {
        if (crashed) return
        await inner.advance(key, cursor, options)
        written.push(cursor)
      },
      purge: (prefix) => inner.purge(prefix),
    },
    crash() {
      crashed = true
    },
    last: () => written.at(-1),
    all: () => written,
  }
}
