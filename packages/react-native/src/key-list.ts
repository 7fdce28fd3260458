import type { KeyValueStorage } from '@steadywire/react'

/** Which keys are in use: told by the storage, or else by a list that is kept in it. */
export interface KeyList {
  /** Called before each use of a key; it may be used once this resolved. */
  add(key: string): Promise<void>
  all(): Promise<readonly string[]>
  /** Called after keys were removed. */
  remove(keys: readonly string[]): Promise<void>
}

export function toldBy(getAllKeys: () => readonly string[] | Promise<readonly string[]>): KeyList {
  return { async add() {}, all: async () => getAllKeys(), async remove() {} }
}

/** @param entry Where in the storage. */
export function listedIn(storage: KeyValueStorage, entry: string): KeyList {
  let loaded: Promise<Set<string>> | undefined
  /** What the storage has taken: what it refused is listed with the next write. */
  const saved = new Set<string>()

  async function load(): Promise<Set<string>> {
    const keys = keysIn(await storage.getItem(entry))
    for (const key of keys) saved.add(key)
    return new Set(keys)
  }

  async function keys(): Promise<Set<string>> {
    loaded ??= load()
    try {
      return await loaded
    } catch (cause) {
      loaded = undefined
      throw cause
    }
  }

  async function save(list: Set<string>): Promise<void> {
    const now = [...list]
    await storage.setItem(entry, JSON.stringify(now))
    for (const key of now) saved.add(key)
  }

  return {
    async add(key) {
      const list = await keys()
      if (saved.has(key)) return
      list.add(key)
      await save(list)
    },
    all: async () => [...(await keys())],
    async remove(gone) {
      const list = await keys()
      for (const key of gone) {
        list.delete(key)
        saved.delete(key)
      }
      await save(list)
    },
  }
}

/** A list that is damaged begins anew: cursors are worth more than it. */
function keysIn(text: string | null | undefined): readonly string[] {
  try {
    const keys: unknown = JSON.parse(text ?? '')
    return Array.isArray(keys) ? keys.map(String) : []
  } catch {
    return []
  }
}
