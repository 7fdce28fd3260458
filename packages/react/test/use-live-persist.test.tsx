// @vitest-environment jsdom
import { encodeCursor } from '@steadywire/core'
import type { KeyValueStorage, Persist } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup } from '@testing-library/react'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { topic } from './family.ts'
import { emit, muteConsole, type Options, Shown, type Sum, serverOf, shown, wireWith } from './live-sum.tsx'

afterEach(cleanup)

type Storage = { -readonly [Method in keyof KeyValueStorage]: KeyValueStorage[Method] }

/** As AsyncStorage: late. */
function lateStorage() {
  const entries = new Map<string, string>()
  const storage: Storage = {
    getItem: async (key) => entries.get(key),
    setItem: async (key, value) => void entries.set(key, value),
    removeItem: async (key) => void entries.delete(key),
  }
  return { entries, storage, persist: { storage, key: 'sum' } satisfies Persist<Sum> }
}

const entry = (subject: string, jobId = '7') => `steadywire:live:${subject}/job%3A${jobId}/sum`
const list = (subject: string) => `steadywire:live-keys:${subject}`

it('keeps state and cursor together, and after a restart goes on where it was', async () => {
  const wire = wireWith(3)
  const { entries, persist } = lateStorage()
  const start = serverOf(wire).snapshot(1)
  const first = renderWithWire(<Shown initial={start.state} cursor={start.cursor} persist={persist} />, { wire })
  await first.settled()
  expect(entries.size).toBe(0)
  await first.advance(1000)
  expect([...entries.keys()]).toEqual([list(''), entry('')])
  first.unmount()
  emit(wire, 4, 5)
  const load = vi.fn()
  const second = renderWithWire(<Shown load={load} persist={persist} />, { wire })
  await second.settled()
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 5 (live)'], 0])
})

it('loads what was kept, too, after a gap', async () => {
  const wire = wireWith(9)
  const server = serverOf(wire)
  const { entries, persist } = lateStorage()
  entries.set(entry(''), JSON.stringify(server.snapshot(2)))
  wire.log.trim(topic.name, 6)
  const { settled } = renderWithWire(<Shown load={() => server.snapshot(9)} persist={persist} />, { wire })
  await settled()
  expect(shown()).toEqual(['1 2 3 4 5 6 7 8 9 (live)'])
})

it('keeps the states of two topics apart', async () => {
  const wire = wireWith(2)
  const { persist } = lateStorage()
  const first = renderWithWire(<Shown initial={{ of: [] }} cursor="start" persist={persist} />, { wire })
  await first.advance(1100)
  first.unmount()
  const { settled } = renderWithWire(<Shown jobId="8" persist={persist} />, { wire })
  await settled()
  expect(shown()).toEqual([' (live)'])
})

it('what the server rendered later goes before what was kept, and what can not be read is left alone', async () => {
  const wire = wireWith(6)
  const server = serverOf(wire)
  const { entries, persist } = lateStorage()
  entries.set(entry(''), JSON.stringify({ state: { of: ['old'] }, cursor: server.snapshot(2).cursor }))
  const { state, cursor } = server.snapshot(5)
  const { settled, unmount } = renderWithWire(<Shown initial={state} cursor={cursor} persist={persist} />, { wire })
  await settled()
  expect(shown()).toEqual(['1 2 3 4 5 6 (live)'])
  unmount()
  for (const rubbish of ['{', '{"state":1}', '{"state":{"of":[]},"cursor":"x"}']) {
    entries.set(entry(''), rubbish)
    const again = renderWithWire(<Shown load={() => server.snapshot(6)} persist={persist} />, { wire })
    await again.settled()
    expect(shown()).toEqual(['1 2 3 4 5 6 (live)'])
    again.unmount()
  }
})

it('what an older app kept is checked by `parse`', async () => {
  const wire = wireWith(2)
  const server = serverOf(wire)
  const { entries, persist } = lateStorage()
  entries.set(entry(''), JSON.stringify({ state: 'v1', cursor: server.snapshot(1).cursor }))
  const parse = (stored: unknown): Sum => {
    if (typeof stored !== 'object') throw new Error('not of this version')
    return stored as Sum
  }
  const { settled } = renderWithWire(<Shown load={() => server.snapshot(2)} persist={{ ...persist, parse }} />, {
    wire,
  })
  await settled()
  expect(shown()).toEqual(['1 2 (live)'])
})

it('a storage that hangs keeps nothing away for longer than five seconds', async () => {
  muteConsole()
  const wire = wireWith(2)
  const server = serverOf(wire)
  const { storage, persist } = lateStorage()
  storage.getItem = () => new Promise(() => {})
  const { settled, advance } = renderWithWire(<Shown load={() => server.snapshot(2)} persist={persist} />, { wire })
  await settled()
  expect(shown()[0]).toMatch(/^nothing/)
  await advance(5100)
  expect(shown()).toEqual(['1 2 (live)'])
})

it('a slow storage has one write to do at a time, always of the newest', async () => {
  const wire = wireWith(1)
  const { storage, entries, persist } = lateStorage()
  const { setItem } = storage
  let writes = 0
  storage.setItem = (key, value) =>
    new Promise<void>((resolve) => {
      writes += 1
      wire.clock.after(2000, () => {
        setItem(key, value)
        resolve()
      })
    })
  const { advance } = renderWithWire(<Shown initial={{ of: [] }} cursor="start" persist={persist} />, { wire })
  for (let seq = 2; seq <= 100; seq += 1) {
    emit(wire, seq, seq)
    await advance(100)
  }
  expect(writes).toBeLessThan(6)
  await advance(10_000)
  expect(JSON.parse(entries.get(entry('')) ?? '').state.of).toHaveLength(100)
})

it('is written at once when the app is suspended', async () => {
  const wire = wireWith(2)
  const { entries, persist } = lateStorage()
  const { settled } = renderWithWire(<Shown initial={{ of: [] }} cursor="start" persist={persist} />, { wire })
  await settled()
  await act(async () => wire.background())
  await settled()
  expect(JSON.parse(entries.get(entry('')) ?? '').state).toEqual({ of: [1, 2] })
})

it('says so when it can not be written, once until it can again', async () => {
  const logged = muteConsole()
  const wire = wireWith(1)
  const { storage, persist } = lateStorage()
  const { setItem } = storage
  const { advance } = renderWithWire(<Shown initial={{ of: [] }} cursor="start" persist={persist} />, { wire })
  const write = async (isFull: boolean) => {
    storage.setItem = isFull
      ? () => {
          throw new Error('quota')
        }
      : setItem
    emit(wire, 1, 1)
    await advance(1100)
  }
  for (const isFull of [true, true, false, true]) await write(isFull)
  expect(logged.mock.calls.map(([text]) => text)).toEqual([
    expect.stringMatching(/cursor_store_failed.*quota.*\(/),
    expect.stringMatching(/quota/),
  ])
})

it('nothing is kept of what comes after an event that `reduce` threw on, until the state was loaded', async () => {
  muteConsole()
  const wire = wireWith(3)
  const { entries, persist } = lateStorage()
  const reduce: Options['reduce'] = ({ of }, { data }) => {
    if (data.percent === 2) throw new Error('an even one')
    return { of: [...of, data.percent] }
  }
  const load = () => Promise.reject(new Error('not now'))
  const { advance } = renderWithWire(
    <Shown initial={{ of: [] }} cursor="start" load={load} reduce={reduce} persist={persist} />,
    { wire },
  )
  await advance(5000)
  expect([shown(), entries.size]).toEqual([['1 (replaying) load_failed'], 0])
})

it('of one subject the newest hundred states are kept', async () => {
  const wire = wireWith(1)
  const { entries, persist } = lateStorage()
  const old = Array.from({ length: 100 }, (_, index) => `steadywire:live:/old%3A${index}/sum`)
  for (const name of old) entries.set(name, '')
  entries.set(list(''), JSON.stringify(old))
  const { advance } = renderWithWire(<Shown initial={{ of: [] }} cursor="start" persist={persist} />, { wire })
  await advance(1100)
  expect(entries.has('steadywire:live:/old%3A0/sum')).toBe(false)
  expect([...entries.keys()]).toEqual([...old.slice(1), list(''), entry('')])
  expect(JSON.parse(entries.get(list('')) ?? '')).toEqual([...old.slice(1), entry('')])
})

it('a list of what is kept that is damaged begins anew', async () => {
  const wire = wireWith(1)
  for (const damaged of ['{', '{}', '7']) {
    const { entries, persist } = lateStorage()
    entries.set(list(''), damaged)
    const { advance, unmount } = renderWithWire(<Shown initial={{ of: [] }} cursor="start" persist={persist} />, {
      wire,
    })
    await advance(1100)
    expect(entries.get(list(''))).toBe(JSON.stringify([entry('')]))
    unmount()
  }
})

it('that the subscriber was closed meanwhile is shown once it was restored', async () => {
  muteConsole()
  const rejected = vi.fn()
  process.on('unhandledRejection', rejected)
  onTestFinished(() => void process.off('unhandledRejection', rejected))
  let answer = () => {}
  const { storage, persist } = lateStorage()
  storage.getItem = () =>
    new Promise((resolve) => {
      answer = () => resolve(undefined)
    })
  const { settled, subscriber } = renderWithWire(<Shown initial={{ of: [] }} cursor="start" persist={persist} />)
  await settled()
  await act(() => subscriber.close())
  answer()
  await settled()
  expect(shown()).toEqual([' (attaching) closed'])
  await new Promise((resolve) => setTimeout(resolve))
  expect(rejected).not.toHaveBeenCalled()
})

it('[D10] for another identity nothing of the former is shown, kept under its name, or taken from its snapshot', async () => {
  const wire = wireWith(3)
  const server = serverOf(wire)
  const { entries, persist } = lateStorage()
  const { state, cursor } = server.snapshot(3)
  const load = vi.fn(() => server.snapshot(server.head()))
  const { settled, advance, subscriber } = renderWithWire(
    <Shown initial={state} cursor={cursor} load={load} persist={persist} />,
    { wire, subscriber: { identity: { subject: 'ann' } } },
  )
  await settled()
  emit(wire, 4, 4)
  await advance(1100)
  expect([...entries.keys()]).toEqual([list('ann'), entry('ann')])
  await act(() => subscriber.changeIdentity({ subject: 'ben' }, { purge: true }))
  expect(shown()[0]).toMatch(/^nothing/)
  await advance(1100)
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 (live)'], 1])
  expect([...entries.keys()]).toEqual([list('ben'), entry('ben')])
})

it('[D10] a purge forgets also what is being written, and what is not shown now', async () => {
  const wire = wireWith(3)
  const { storage, entries, persist } = lateStorage()
  const { setItem } = storage
  const identity = { subject: 'ann' }
  const earlier = renderWithWire(<Shown initial={{ of: [] }} cursor="start" persist={persist} />, {
    wire,
    subscriber: { identity },
  })
  await earlier.advance(1100)
  earlier.unmount()
  storage.setItem = (key, value) =>
    new Promise<void>((resolve) => {
      wire.clock.after(500, () => {
        setItem(key, value)
        resolve()
      })
    })
  wire.emit('job:8', 'job.progress', { percent: 1 })
  const { advance, subscriber } = renderWithWire(
    <Shown jobId="8" initial={{ of: [] }} cursor="start" persist={persist} />,
    { wire, subscriber: { identity } },
  )
  await advance(1100)
  expect([...entries.keys()]).toEqual([list('ann'), entry('ann')])
  await act(() => subscriber.changeIdentity({}, { purge: true }))
  await advance(900)
  expect([...entries.keys()]).toEqual([])
})

it('[D10] a write that hung does not bring back what was purged meanwhile', async () => {
  muteConsole()
  const wire = wireWith(3)
  const { storage, entries, persist } = lateStorage()
  const { setItem } = storage
  const late: (() => void)[] = []
  storage.setItem = async (key, value) => {
    if (!key.includes('keys')) await new Promise<void>((resolve) => late.push(resolve))
    await setItem(key, value)
  }
  const { advance, subscriber } = renderWithWire(<Shown initial={{ of: [] }} cursor="start" persist={persist} />, {
    wire,
    subscriber: { identity: { subject: 'ann' } },
  })
  await advance(1100)
  await act(() => subscriber.changeIdentity({ subject: 'ben' }, { purge: true }))
  await advance(5000)
  for (const goOn of late) goOn()
  await advance(0)
  expect([...entries.keys()].filter((key) => key.includes('ann'))).toEqual([])
})

it('[D10] without a subject a state is forgotten with its identity, and the next is shown nothing of it', async () => {
  muteConsole()
  const wire = wireWith(1)
  const { storage, entries, persist } = lateStorage()
  const { removeItem } = storage
  let who = 1
  const load = () => ({ state: { of: [who] }, cursor: encodeCursor({ seq: 1, epoch: serverOf(wire).epoch() }) })
  const { settled, advance, subscriber } = renderWithWire(<Shown load={load} persist={persist} />, {
    wire,
    subscriber: { identity: { token: 'a' } },
  })
  await advance(1100)
  expect(entries.get(entry(''))).toContain('[1]')
  emit(wire, 2, 2)
  await settled()
  who = 7
  await act(() => subscriber.changeIdentity({ token: 'b' }))
  await settled()
  expect([shown(), entries.size]).toEqual([['7 2 (live)'], 0])
  await advance(1100)
  expect(entries.get(entry(''))).toContain('[7,2]')
  // Nor if it can't be forgotten.
  storage.removeItem = () => Promise.reject(new Error('busy'))
  who = 9
  await act(() => subscriber.changeIdentity({ token: 'c' }))
  await settled()
  expect(shown()).toEqual(['9 2 (live)'])
  storage.removeItem = removeItem
})

it('[D10] what is written late of who signed out is not kept, also where nobody shows it any more', async () => {
  muteConsole()
  const { entries, persist } = lateStorage()
  let gate: Promise<void> | undefined
  let open = (): void => {}
  const storage: KeyValueStorage = {
    async getItem(key) {
      await gate
      return persist.storage.getItem(key)
    },
    async setItem(key, value) {
      await gate
      await persist.storage.setItem(key, value)
    },
    async removeItem(key) {
      await gate
      await persist.storage.removeItem(key)
    },
  }
  const { settled, advance, rerender, subscriber } = renderWithWire(
    <Shown initial={{ of: [] }} cursor="start" persist={{ storage, key: 'sum' }} />,
    { wire: wireWith(2), subscriber: { identity: { subject: 'ann' } } },
  )
  await settled()
  await advance(100)
  rerender(<p>signed out</p>)
  gate = new Promise((resolve) => {
    open = resolve
  })
  await act(() => subscriber.changeIdentity({}, { purge: true }))
  await advance(6000)
  open()
  gate = undefined
  await advance(20_000)
  expect([...entries]).toEqual([])
})

it('[D10] forgets the right subject where a listener changed the identity again', async () => {
  const { entries, persist } = lateStorage()
  const wire = wireWith(2)
  const { settled, advance, rerender, subscriber } = renderWithWire(<p />, {
    wire,
    subscriber: { identity: { subject: 'ann' } },
  })
  const stop = subscriber.on('identity', () => {
    stop()
    void subscriber.changeIdentity({ subject: 'cid' })
  })
  rerender(<Shown load={() => serverOf(wire).snapshot(2)} persist={persist} />)
  await settled()
  await act(() => subscriber.changeIdentity({ subject: 'ben' }))
  await advance(2000)
  await act(() => subscriber.changeIdentity({ subject: 'dan' }, { purge: true }))
  await advance(2000)
  expect([...entries.keys()].filter((key) => key.includes('cid'))).toEqual([])
})
