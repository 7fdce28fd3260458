import type { KeyValueStorage } from '@steadywire/react'

/** Which keys are in use: told by the storage, or else by a list that is kept in it. */
export interface KeyList {
  /** Called before a key is used. */
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

  async function load(): Promise<Set<string>> {
    const text = await storage.getItem(entry)
    return new Set<string>(text ? JSON.parse(text) : [])
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
    await storage.setItem(entry, JSON.stringify([...list]))
  }

  return {
    async add(key) {
      const list = await keys()
      if (list.has(key)) return
      list.add(key)
      await save(list)
    },
    all: async () => [...(await keys())],
    async remove(gone) {
      const list = await keys()
      for (const key of gone) list.delete(key)
      await save(list)
    },
  }
}
