import { describe, expect, it } from 'vitest'
import type { SessionEvent } from '../src/session.ts'
import { treeOf } from '../web/src/data/file-tree.ts'
import { emptyLedger, noteArrival, tallyOf } from '../web/src/data/ledger.ts'
import { createRewinder, emptySession, reduceSession } from '../web/src/data/session-state.ts'
import { elapsed, milliseconds } from '../web/src/format.ts'

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
  })
})

it('puts files into folders, and a folder with nothing but a folder into one line with it', () => {
  const written = { action: 'write', seq: 1 } as const
  const tree = treeOf({ 'b.ts': written, 'src/deep/a.ts': written, src: written })
  expect(tree).toMatchObject([
    { kind: 'folder', name: 'src/deep', count: 1, children: [{ kind: 'file', name: 'a.ts' }] },
    { kind: 'file', name: 'b.ts' },
  ])
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
