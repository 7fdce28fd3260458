import { describe, expect, it } from 'vitest'
import type { SessionEvent } from '../src/session.ts'
import { advance } from '../web/src/data/advance.ts'
import { leavesOf, treeOf } from '../web/src/data/file-tree.ts'
import { forgetOldSessions } from '../web/src/data/kept-sessions.ts'
import { emptyLedger, noteArrival, tallyOf } from '../web/src/data/ledger.ts'
import type { Slice } from '../web/src/data/meter.ts'
import { momentOf } from '../web/src/data/moment.ts'
import { lonelyPlaces, placesOf, rateNow } from '../web/src/data/series.ts'
import { createRewinder, emptySession, reduceSession } from '../web/src/data/session-state.ts'
import { parseSessionState } from '../web/src/data/session-state-schema.ts'
import { verdictOf } from '../web/src/data/verdict.ts'
import { elapsed, milliseconds } from '../web/src/format.ts'
import { carefulStore, type Store } from '../web/src/storage.ts'

const arrived = (...seqs: number[]) => seqs.reduce(noteArrival, emptyLedger)
const emitted = [1, 2, 3].map((seq) => ({ seq, id: `id-${seq}` }))
const unknown = () => undefined

describe('the tally', () => {
  it.each([
    ['all', [1, 2, 3], { delivered: 3, underWay: 0, lost: 0, repeated: 0, disordered: 0 }],
    ['what is on its way', [1, 2], { delivered: 2, underWay: 1, lost: 0 }],
    ['a lost event', [1, 3], { delivered: 2, underWay: 0, lost: 1 }],
    ['a repeated event', [1, 2, 2, 3, 1], { delivered: 3, repeated: 2, disordered: 0 }],
    ['a wrong order', [1, 3, 2], { delivered: 3, lost: 0, repeated: 0, disordered: 1 }],
  ])('tells %s', (_, seqs, expected) => {
    expect(tallyOf(emitted, arrived(...seqs), unknown)).toMatchObject({ emitted: 3, ...expected })
  })

  it('takes another event in the same place for a lost one', () => {
    expect(tallyOf(emitted, arrived(1, 2, 3), (seq) => (seq === 2 ? 'another' : `id-${seq}`))).toMatchObject({
      delivered: 2,
      lost: 1,
    })
  })
})

describe('the verdict', () => {
  const asUsual = { reachable: true, ended: false, stalled: false }
  const tally = (seqs: readonly number[], total?: number) => tallyOf(emitted, arrived(...seqs), unknown, total)
  const state = (...args: Parameters<typeof verdictOf>) => verdictOf(...args).state

  it('is not given before all was compared', () => {
    expect(verdictOf(tally([1, 2, 3], 5000), { ...asUsual, ended: true })).toEqual({
      state: 'under-way',
      text: '3 of 5,000 events compared so far.',
    })
  })

  it('minds an event under way only if it does not move on, or nothing is there yet', () => {
    expect(state(tally([1, 2]), asUsual)).toBe('clean')
    expect(state(tally([1, 2]), { ...asUsual, stalled: true })).toBe('under-way')
    expect(state(tally([]), asUsual)).toBe('under-way')
    expect(tally([1, 2]).awaited).toBe(3)
  })

  it('speaks of all only at the end, and of nothing when nobody knows', () => {
    expect(verdictOf(tally([1, 2, 3]), { ...asUsual, ended: true }).text).toMatch(/^All of it/)
    expect(verdictOf(tally([1, 2]), { ...asUsual, ended: true }).text).toMatch(/^Every event so far/)
    expect(state(tally([1, 2, 3]), { ...asUsual, reachable: false })).toBe('unknown')
    expect(state(tally([1, 3]), { ...asUsual, reachable: false })).toBe('bad')
  })
})

const event = (seq: number, type: SessionEvent['type'], data: object) =>
  ({ id: `id-${seq}`, topic: 'session:1', epoch: 'e', seq, time: 1000 * seq, type, data }) as SessionEvent
const told = [
  event(1, 'state_changed', { state: 'running', detail: 'make' }),
  event(2, 'thinking', { iteration: 1 }),
  event(3, 'thinking', { iteration: 2 }),
  event(4, 'load', { n: 1 }),
  event(5, 'terminal', { stream: 'stdout', output: 'one\ntwo\n' }),
  event(6, 'file_change', { path: 'a/b.ts', action: 'write' }),
  event(7, 'state_changed', { state: 'finished', detail: 'exit code 0' }),
]

describe('a session on the page', () => {
  const state = told.reduce(reduceSession, emptySession)

  it('tells its steps: a thought that led to nothing makes room for the next', () => {
    expect(state.view.steps.map(({ text, files, lines }) => [text, files, lines])).toEqual([
      ['Running', 0, 0],
      ['Step 2', 1, 2],
      ['Finished', 0, 0],
    ])
  })

  it('is shown as it was, back and forth', () => {
    const rewind = createRewinder()
    for (const seq of [7, 2, 3, 6, 1, 7]) {
      const until = told.filter((one) => one.seq <= seq).reduce(reduceSession, emptySession)
      expect(rewind(state, seq)).toEqual(until.view)
    }
  })

  it('does not show a repeated event again', () => {
    const again = reduceSession(state, told[5] as SessionEvent)
    expect(again.view).toBe(state.view)
    expect(again.ledger.repeated).toBe(1)
  })

  it('keeps what came first as a whole, when it keeps too much', () => {
    const output = `${'x'.repeat(50_000)}\n`
    const many = Array.from({ length: 40 }, (_, index) => event(8 + index, 'terminal', { stream: 'stdout', output }))
    const full = many.reduce(reduceSession, state)
    expect(full.weight).toBeLessThan(900_000)
    expect(full.events.length).toBeLessThan(20)
    expect(full.base.files).toEqual({ 'a/b.ts': { action: 'write', seq: 6 } })
    expect(full.view.lines).toBe(42)
    expect(createRewinder()(full, 47)).toEqual(full.view)
    const first = full.events[0]?.seq ?? 0
    const keptFrom = 1000 * (first - 2)
    expect(momentOf(full, 0)).toEqual({ at: keptFrom, behind: 46_000 - keptFrom, seq: first - 1, newest: 47, keptFrom })
    expect(momentOf(full, full.events.length)).toMatchObject({ at: 46_000, behind: 0, seq: 47, newest: 47 })
  })

  it('survives a storage, which must hold a session and nothing else', () => {
    expect(parseSessionState(JSON.parse(JSON.stringify(state)))).toEqual(state)
    expect(parseSessionState(JSON.parse(JSON.stringify(emptySession)))).toEqual(emptySession)
    for (const stored of [null, {}, { ...state, view: {} }, { ...state, events: [{ seq: 1 }] }])
      expect(() => parseSessionState(stored)).toThrow()
  })
})

describe('playing', () => {
  const at = (...times: number[]) => times.map((time, index) => ({ ...event(index + 1, 'thinking', {}), time }))

  it('shows what fits into the time, and keeps the rest of it', () => {
    const events = at(0, 100, 100, 250, 400)
    expect(advance(events, 0, 0)).toEqual({ count: 1, left: 0 })
    expect(advance(events, 1, 130)).toEqual({ count: 3, left: 30 })
    expect(advance(events, 3, 150)).toEqual({ count: 4, left: 0 })
    expect(advance(events, 4, 1000)).toEqual({ count: 5, left: 0 })
  })

  it('takes as long in many turns as in one, and shortens silences', () => {
    const events = at(...Array.from({ length: 100 }, (_, index) => index * 7), 60_000, 60_500)
    let [count, left, turns] = [1, 0, 0]
    while (count < events.length) {
      ;({ count, left } = advance(events, count, left + 16))
      turns++
    }
    expect(turns).toBe(Math.ceil((99 * 7 + 1500 + 500) / 16))
  })
})

describe('the charts', () => {
  const slices = (step: number, ...medians: (number | undefined)[]): readonly Slice[] =>
    medians.map((median, index) => ({ at: index * step, seconds: step, count: 10, median, worst: median }))

  it('have a gap where nothing came for long, and a point for what stands alone', () => {
    const none = undefined
    const places = placesOf(slices(1, none, 5, none, 6, none, none, none, 7, none), ({ median }) => median)
    expect(places).toEqual([none, 5, none, 6, null, null, null, 7, none])
    expect(lonelyPlaces(places)).toEqual([7])
    expect(lonelyPlaces([3])).toEqual([0])
  })

  it('tell the rate by how long the slices were', () => {
    expect(rateNow(slices(0.5, 1, 1, 1))).toBe(20)
    expect(rateNow(slices(60, 1))).toBeCloseTo(1 / 6)
    expect(rateNow([])).toBe(0)
  })
})

describe('what a tab keeps', () => {
  const refuse = (): never => {
    throw new Error('denied')
  }

  it.each([
    ['blocked', refuse],
    ['full', () => ({ getItem: () => null, setItem: refuse, removeItem() {} }) as unknown as Storage],
  ])('lives as long as the page, when the storage is %s', (_, open) => {
    const store = carefulStore(open)
    expect(store.getItem('wire')).toBeNull()
    store.setItem('wire', 'sse')
    expect(store.getItem('wire')).toBe('sse')
    expect(store.keys()).toContain('wire')
    store.removeItem('wire')
    expect(store.getItem('wire')).toBeNull()
  })

  it('is the newest sessions of this host, and the shown one', () => {
    const store: Store = carefulStore(refuse)
    const left = () => store.keys().map((key) => key.split('/').pop())
    for (const id of ['old-30', 'host-1', 'host-2', 'host-9', 'host-10', 'host-11'])
      store.setItem(`steadywire:live:/session/${id}`, '{}')
    store.setItem('wire', 'sse')
    forgetOldSessions(store, 'host', 'host-2')
    expect(left()).toEqual(['host-2', 'host-10', 'host-11', 'wire'])
    forgetOldSessions(store, 'host', 'host-12')
    expect(left()).toEqual(['host-10', 'host-11', 'wire'])
  })
})

it('puts files into folders, and a folder with nothing but a folder into one line with it', () => {
  const written = { action: 'write', seq: 1 } as const
  const tree = treeOf({ 'b.ts': written, 'src/deep/a.ts': written, src: written })
  expect(tree).toMatchObject([
    { kind: 'folder', name: 'src/deep', count: 1, children: [{ kind: 'file', name: 'a.ts' }] },
    { kind: 'file', name: 'b.ts' },
  ])
  expect(leavesOf(tree)).toBe(2)
})

it('says times as people do', () => {
  expect([elapsed(67_350), elapsed(-1), milliseconds(12.4), milliseconds(3250), milliseconds(undefined)]).toEqual([
    '1:07.3',
    '0:00.0',
    '12 ms',
    '3.3 s',
    '–',
  ])
})
