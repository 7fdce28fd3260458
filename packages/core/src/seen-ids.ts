/** Remembers the last `size` ids: for wires without positions, where repeats are told by id. */
export interface SeenIds {
  /** Whether it was seen already; remembers it if not. */
  seen(id: string): boolean
}

/** A set and a ring: evicting the oldest by the set's own order would cost many times more. */
export function createSeenIds(size: number): SeenIds {
  const ids = new Set<string>()
  const ring: string[] = []
  let next = 0
  return {
    seen(id) {
      if (ids.has(id)) return true
      const oldest = ring[next]
      if (oldest !== undefined) ids.delete(oldest)
      ring[next] = id
      next = (next + 1) % size
      ids.add(id)
      return false
    },
  }
}
