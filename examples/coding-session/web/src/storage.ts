/** What a browser keeps for a page. */
export interface Store {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
  keys(): readonly string[]
}

/** A storage that may be blocked, missing or full: what it does not take lives as long as the page, and nothing throws. */
export function carefulStore(open: () => Storage): Store {
  const memory = new Map<string, string>()
  function attempt<T>(use: (storage: Storage) => T): T | undefined {
    try {
      return use(open())
    } catch {
      return undefined
    }
  }
  return {
    getItem: (key) => memory.get(key) ?? attempt((storage) => storage.getItem(key)) ?? null,
    setItem(key, value) {
      const taken = attempt((storage) => {
        storage.setItem(key, value)
        return true
      })
      if (taken) memory.delete(key)
      else memory.set(key, value)
    },
    removeItem(key) {
      memory.delete(key)
      attempt((storage) => storage.removeItem(key))
    },
    keys: () => [...new Set([...memory.keys(), ...(attempt((storage) => Object.keys(storage)) ?? [])])],
  }
}

/** What this tab was doing: it goes on there after a reload. */
export const tab = carefulStore(() => sessionStorage)

/** What holds for every visit. */
export const device = carefulStore(() => localStorage)
