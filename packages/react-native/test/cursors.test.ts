import { createSubscriber, encodeCursor } from '@steadywire/core'
import { createFakeClock, createTestWire } from '@steadywire/core/testing'
import { describe, expect, it, vi } from 'vitest'
import { type CursorStorage, type NativeCursorsOptions, nativeCursors } from '../src/cursors.ts'
import { createApp } from './phone.ts'

const at = (seq: number, epoch = 'e') => encodeCursor({ epoch, seq })

/** As AsyncStorage: answers later. */
function createStorage(withKeys = true) {
  const entries = new Map<string, string>()
  const calls: string[] = []
  const storage: CursorStorage & { broken?: boolean } = {
    async getItem(key) {
      return entries.get(key) ?? null
    },
    async setItem(key, value) {
      await Promise.resolve()
      if (storage.broken) throw new Error('disk full')
      calls.push(`${key} ${value}`)
      entries.set(key, value)
    },
    async removeItem(key) {
      entries.delete(key)
    },
    ...(withKeys && { getAllKeys: async () => [...entries.keys()] }),
  }
  return { storage, entries, calls }
}

function setup(options: Partial<NativeCursorsOptions> & { withKeys?: boolean } = {}) {
  const { withKeys, ...more } = options
  const phone = createStorage(withKeys)
  const clock = createFakeClock()
  const app = createApp()
  const cursors = nativeCursors({ storage: phone.storage, appState: app.appState, clock, ...more })
  return { ...phone, clock, cursors, app }
}

const stored = (seq: number, key = 'a') => `steadywire:cursor:${key} ${at(seq)}`

describe('cursors on a phone', () => {
  it('are written at once, then at most once a second for each key, always the newest', async () => {
    const { cursors, calls, clock } = setup()
    for (let seq = 1; seq <= 30; seq += 1) {
      await cursors.advance('a', at(seq))
      await clock.advance(100)
    }
    await cursors.advance('b', at(1))
    await clock.advance(5000)
    expect(calls).toEqual([stored(1), stored(10), stored(20), stored(30), stored(1, 'b')])
    expect(clock.pending).toBe(0)
  })

  it('are read as they were delivered, written or not', async () => {
    const { cursors, calls, clock } = setup()
    await cursors.advance('a', at(1))
    await cursors.advance('a', at(2))
    expect(await cursors.get('a')).toBe(at(2))
    await clock.settle()
    expect(calls).toHaveLength(1)
    expect(await cursors.get('b')).toBeUndefined()
  })

  it('move forward only, also against what another process stored, unless the log is another one', async () => {
    const { cursors, entries, clock, storage } = setup()
    entries.set('steadywire:cursor:a', at(5))
    await cursors.advance('a', at(4))
    await clock.advance(1000)
    expect(entries.get('steadywire:cursor:a')).toBe(at(5))
    await cursors.advance('a', at(6))
    await cursors.advance('a', at(2, 'other'))
    await cursors.flush()
    expect(entries.get('steadywire:cursor:a')).toBe(at(6))
    await cursors.advance('a', at(2, 'other'), { over: true })
    await cursors.advance('a', at(3, 'other'))
    await cursors.flush()
    expect(await nativeCursors({ storage }).get('a')).toBe(at(3, 'other'))
  })

  it('are all written when the app goes to the background, and there each at once: timers stand still', async () => {
    const { cursors, calls, clock, app } = setup()
    for (const key of ['a', 'b']) for (const seq of [1, 2]) await cursors.advance(key, at(seq))
    await clock.settle()
    expect(calls).toEqual([stored(1), stored(1, 'b')])
    app.become('inactive', 'background')
    await clock.settle()
    expect(calls.slice(2)).toEqual([stored(2), stored(2, 'b')])
    await cursors.advance('a', at(3))
    await clock.settle()
    expect(calls.slice(4)).toEqual([stored(3)])
    expect(clock.pending).toBe(0)
  })

  it('[C7] listen to the app only while something waits', async () => {
    const { cursors, clock, app } = setup()
    await cursors.advance('a', at(1))
    await cursors.advance('a', at(2))
    await clock.settle()
    expect(app.listeners.size).toBe(1)
    await clock.advance(1000)
    expect(app.listeners.size).toBe(0)
    for (const seq of [3, 4]) await cursors.advance('a', at(seq))
    await cursors.purge('a')
    expect([app.listeners.size, clock.pending]).toEqual([0, 0])
  })

  it.each([true, false])('are purged by prefix, written or not (storage tells its keys: %s)', async (withKeys) => {
    const { cursors, entries, clock, storage } = setup({ withKeys })
    for (const key of ['ann/x/job:1', 'ann/x/job:2', 'bob/x/job:1'])
      for (const seq of [1, 2]) await cursors.advance(key, at(seq))
    entries.set('the app’s own', 'stays')
    await nativeCursors({ storage }).purge('nobody')
    await cursors.purge('ann/')
    await clock.advance(5000)
    const keys = [...entries.keys()].filter((key) => key !== 'steadywire:cursor:keys')
    expect(keys.sort()).toEqual(['steadywire:cursor:bob/x/job:1', 'the app’s own'])
    expect(await cursors.get('ann/x/job:1')).toBeUndefined()
    await nativeCursors({ storage }).purge('bob/')
    expect([...entries.keys()].filter((key) => key.includes('bob'))).toEqual([])
  })

  it('[D5a] tell by the next call that a write failed, and write it then', async () => {
    const { cursors, entries, clock, storage } = setup()
    storage.broken = true
    await cursors.advance('a', at(9, 'other'))
    await cursors.advance('a', at(1), { over: true })
    await clock.settle()
    await expect(cursors.advance('a', at(2))).rejects.toMatchObject({ code: 'cursor_store_failed' })
    storage.broken = false
    await cursors.flush()
    expect(entries.get('steadywire:cursor:a')).toBe(at(2))
    storage.broken = true
    await cursors.advance('a', at(3))
    await expect(cursors.flush()).rejects.toMatchObject({ code: 'cursor_store_failed', message: /disk full/ })
  })

  it('[D5a] are written on after a write that hangs', async () => {
    const { cursors, entries, clock, storage } = setup()
    const { setItem } = storage
    storage.setItem = () => new Promise(() => {})
    await cursors.advance('a', at(1))
    await clock.advance(5000)
    storage.setItem = setItem
    await expect(cursors.advance('a', at(2))).rejects.toMatchObject({ cause: { code: 'deadline' } })
    await cursors.flush()
    expect(entries.get('steadywire:cursor:a')).toBe(at(2))
  })

  it('[D5a] wait in one write alone while the storage hangs, and give it up when they are purged', async () => {
    const { cursors, clock, storage, app } = setup()
    const setItem = vi.fn(() => new Promise(() => {}))
    storage.setItem = setItem
    app.become('background')
    for (let seq = 1; seq <= 20; seq += 1) await cursors.advance('a', at(seq))
    await clock.advance(4999)
    expect(setItem).toHaveBeenCalledTimes(1)
    await clock.advance(60_000)
    expect(setItem).toHaveBeenCalledTimes(2)
    for (const seq of [21, 22, 23]) await cursors.advance('a', at(seq)).catch(() => {})
    let purged = false
    void cursors.purge('a').then(() => {
      purged = true
    })
    await clock.advance(5000)
    expect([purged, setItem.mock.calls.length, clock.pending]).toEqual([true, 3, 0])
  })

  it('[D10] that were purged are not brought back by a write that hung meanwhile', async () => {
    const { cursors, entries, clock, storage } = setup()
    const { getItem, setItem } = storage
    const late: (() => void)[] = []
    const delayed = () => new Promise<void>((resolve) => late.push(resolve))
    storage.getItem = async (key) => {
      await delayed()
      return getItem(key)
    }
    await cursors.advance('a', at(1))
    await clock.settle()
    storage.getItem = getItem
    storage.setItem = async (key, value) => {
      await delayed()
      return setItem(key, value)
    }
    await cursors.advance('b', at(1))
    const purged = cursors.purge('')
    await clock.advance(5000)
    await purged
    for (const goOn of late) goOn()
    await clock.settle()
    expect([...entries.keys()]).toEqual([])
  })

  it('are kept although the list of keys is damaged', async () => {
    for (const damaged of ['{', '{}', 'null', '7']) {
      const { cursors, entries, clock } = setup({ withKeys: false })
      entries.set('steadywire:cursor:keys', damaged)
      await cursors.advance('a', at(1))
      await clock.settle()
      expect(entries.get('steadywire:cursor:a')).toBe(at(1))
      expect(entries.get('steadywire:cursor:keys')).toBe('["steadywire:cursor:a"]')
    }
  })

  it('[D10] are purged after a restart also where they could not be listed at first', async () => {
    const { cursors, entries, clock, storage } = setup({ withKeys: false })
    storage.broken = true
    await cursors.advance('ann/a', at(1))
    await clock.settle()
    storage.broken = false
    await cursors.flush().catch(() => {})
    expect(entries.get('steadywire:cursor:ann/a')).toBe(at(1))
    await nativeCursors({ storage }).purge('ann/')
    expect([...entries.keys()]).toEqual(['steadywire:cursor:keys'])
  })

  it('[D5a] reject what is no cursor, and write over it', async () => {
    const { cursors, entries } = setup()
    entries.set('steadywire:cursor:a', 'rubbish')
    await expect(cursors.get('a')).rejects.toMatchObject({ code: 'cursor_store_failed' })
    await cursors.advance('a', at(1))
    await cursors.flush()
    expect(await cursors.get('a')).toBe(at(1))
  })

  it('fit a storage that answers at once, as MMKV does', async () => {
    const entries = new Map<string, string>()
    const cursors = nativeCursors({
      storage: {
        getItem: (key) => entries.get(key),
        setItem: (key, value) => void entries.set(key, value),
        removeItem: (key) => void entries.delete(key),
        getAllKeys: () => [...entries.keys()],
      },
      prefix: 'own:',
    })
    await cursors.advance('a', at(1))
    await cursors.flush()
    expect([...entries]).toEqual([['own:a', at(1)]])
    await cursors.purge('')
    expect(entries.size).toBe(0)
  })

  it('[D5] go on where the app was when it was ended in the background', async () => {
    const wire = createTestWire()
    const phone = createStorage()
    const app = createApp()
    const follow = () => {
      const cursors = nativeCursors({ storage: phone.storage, appState: app.appState, clock: wire.clock })
      const seqs: number[] = []
      const subscriber = createSubscriber({ ...wire.options, cursors })
      subscriber.subscribe('job:1', {
        name: 'viewer',
        from: 'start',
        event: ({ seq }) => void seqs.push(seq),
        gap() {},
      })
      return { subscriber, seqs }
    }
    const emit = (count: number) => {
      for (let index = 0; index < count; index += 1) wire.emit('job:1', 'tick', {})
    }
    const first = follow()
    for (let burst = 0; burst < 5; burst += 1) {
      emit(10)
      await wire.settled()
    }
    app.become('background')
    await wire.settled()
    expect(phone.calls.length).toBeLessThan(5)
    await first.subscriber.close()
    emit(2)
    const second = follow()
    await wire.settled()
    expect(second.seqs).toEqual([51, 52])
  })
})
