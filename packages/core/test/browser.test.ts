import { encodeCursor } from '@steadywire/core'
import { browserLifecycle, type StorageLike, webStorageCursors } from '@steadywire/core/browser'
import { describe, expect, it } from 'vitest'

class Target extends EventTarget {
  listeners = 0
  override addEventListener(...args: Parameters<EventTarget['addEventListener']>) {
    this.listeners++
    super.addEventListener(...args)
  }
  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>) {
    this.listeners--
    super.removeEventListener(...args)
  }
  tell(...types: string[]) {
    for (const type of types) this.dispatchEvent(new Event(type))
  }
}

function setup(onLine = true) {
  const window = new Target()
  const document = Object.assign(new Target(), { visibilityState: 'visible' })
  const told: string[] = []
  const stop = browserLifecycle({ window, document, navigator: { onLine } }).watch({
    suspended: (reason) => told.push(`-${reason}`),
    resumed: (reason) => told.push(`+${reason}`),
    held: () => told.push('held'),
    released: () => told.push('released'),
    woke: () => told.push('woke'),
  })
  return { window, document, told, stop }
}

describe('browserLifecycle', () => {
  it('[C6] suspends while offline, and tells first what holds already', () => {
    const { window, told } = setup(false)
    expect(told).toEqual(['-offline'])
    window.tell('offline', 'online', 'online', 'offline')
    expect(told).toEqual(['-offline', '+offline', '-offline'])
  })

  it('[C6] suspends while frozen or left, once, however many events say so', () => {
    const { window, document, told } = setup()
    window.tell('pagehide')
    document.tell('freeze', 'resume')
    window.tell('pageshow')
    expect(told).toEqual(['-background', '+background'])
  })

  it('[C6] wakes when the page comes to the front; hidden is not suspended', () => {
    const { document, told } = setup()
    document.visibilityState = 'hidden'
    document.tell('visibilitychange')
    document.visibilityState = 'visible'
    document.tell('visibilitychange')
    expect(told).toEqual(['woke'])
  })

  it('[C7] leaves no listener behind', () => {
    const { window, document, told, stop } = setup()
    expect(window.listeners + document.listeners).toBe(7)
    stop()
    expect(window.listeners + document.listeners).toBe(0)
    window.tell('offline')
    expect(told).toEqual([])
  })

  it('reports nothing outside a browser', () => {
    const nothing = (): void => {}
    browserLifecycle().watch({
      suspended: nothing,
      resumed: nothing,
      held: nothing,
      released: nothing,
      woke: nothing,
    })()
  })
})

describe('webStorageCursors', () => {
  const at = (seq: number, epoch = 'e') => encodeCursor({ seq, epoch })

  function fakeStorage(): StorageLike {
    const items = new Map<string, string>()
    return {
      get length() {
        return items.size
      },
      key: (index) => [...items.keys()][index] ?? null,
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
      removeItem: (key) => void items.delete(key),
    }
  }

  it('moves forward only, unless told otherwise, also from several tabs', async () => {
    const storage = fakeStorage()
    const [one, two] = [webStorageCursors({ storage }), webStorageCursors({ storage })]
    await one.advance('k', at(5))
    await two.advance('k', at(3))
    expect(await two.get('k')).toBe(at(5))
    await two.advance('k', at(7))
    await one.advance('k', at(6))
    expect(await one.get('k')).toBe(at(7))
    await one.advance('k', at(1, 'f'), { over: true })
    expect(await two.get('k')).toBe(at(1, 'f'))
  })

  it('purges by prefix, and only its own', async () => {
    const storage = fakeStorage()
    storage.setItem('a/other', 'of the app')
    const store = webStorageCursors({ storage })
    for (const key of ['a/1', 'a/2', 'b/1']) await store.advance(key, at(1))
    await store.purge('a/')
    expect([await store.get('a/1'), await store.get('a/2'), await store.get('b/1')]).toEqual([
      undefined,
      undefined,
      at(1),
    ])
    expect(storage.getItem('a/other')).toBe('of the app')
  })

  it('rejects where storage is full, blocked or holds something else, which is overwritten', async () => {
    const storage = fakeStorage()
    const full = webStorageCursors({
      storage: {
        ...storage,
        setItem() {
          throw new Error('QuotaExceededError')
        },
      },
    })
    await expect(full.advance('k', at(1))).rejects.toMatchObject({ code: 'cursor_store_failed' })
    const store = webStorageCursors({ storage, prefix: '' })
    storage.setItem('k', 'something else')
    await expect(store.get('k')).rejects.toMatchObject({ code: 'cursor_store_failed' })
    await store.advance('k', at(1))
    expect(await store.get('k')).toBe(at(1))
    if (typeof sessionStorage === 'undefined')
      await expect(webStorageCursors().get('k')).rejects.toMatchObject({ code: 'cursor_store_failed' })
  })
})
