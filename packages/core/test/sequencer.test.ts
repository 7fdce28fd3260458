import { describe, expect, it } from 'vitest'
import type { Position, Skip, WireEvent, WireItem } from '../src/event.ts'
import {
  type Origin,
  type SequencerInput,
  type SequencerOutput,
  type SequencerState,
  sequence,
  startSequencer,
} from '../src/sequencer.ts'
import type { Page } from '../src/transport.ts'

const rules = { staleMs: 10_000, maxWaiting: 3 }
const room = 100

const event = (seq: number, extra: Partial<WireEvent> & { prev?: string } = {}): WireEvent & { prev?: string } => ({
  id: `id-${String(seq).padStart(6, '0')}`,
  topic: 't',
  seq,
  epoch: 'e',
  type: 'x',
  data: seq,
  time: 0,
  ...extra,
})
const mark = (seq: number): string => event(seq).id.slice(-8)
const skip = (from: number, to: number): Skip => ({ epoch: 'e', skip: [from, to], mark: mark(to) })

function page(head: number, seqs: readonly number[], extra: Partial<Page> = {}): Page {
  return {
    epoch: 'e',
    oldest: 1,
    head,
    mark: mark(head),
    through: head,
    throughMark: mark(head),
    events: seqs.map((seq) => event(seq)),
    ...extra,
  }
}

function play(from: Origin | Position = { seq: 0 }) {
  let state: SequencerState = startSequencer('t', from)
  const told: SequencerOutput[] = []
  const tell = (input: SequencerInput): readonly SequencerOutput[] => {
    const step = sequence(state, input, rules)
    state = step.state
    told.push(...step.outputs)
    return step.outputs
  }
  return {
    attach: () => tell({ kind: 'attachStarted' }),
    page: (read: Page, now = 0, space = room) => tell({ kind: 'pageRead', page: read, now, room: space }),
    items: (...items: readonly WireItem[]) => tell({ kind: 'itemsReceived', items, room }),
    head: (at?: Position) => tell(at ? { kind: 'headHeard', at } : { kind: 'headHeard' }),
    tell,
    get state() {
      return state
    },
    get accepted() {
      return told.flatMap((output) => (output.kind === 'accept' ? output.events.map(({ seq }) => seq) : []))
    },
    get gaps() {
      return told.flatMap((output) => (output.kind === 'gap' ? [output.gap] : []))
    },
    get verdicts() {
      return told.flatMap((output) => (output.kind === 'verdict' ? [output.continuity] : []))
    },
  }
}

const reads = (outputs: readonly SequencerOutput[]) => outputs.filter(({ kind }) => kind === 'read')

describe('the sequencer', () => {
  it('[D6] attach/live-waits-for-page: holds live items until a page confirmed the position, then both join', () => {
    const run = play()
    run.attach()
    run.items(event(3))
    expect(run.accepted).toEqual([])
    run.page(page(2, [1, 2]))
    expect(run.accepted).toEqual([1, 2, 3])
  })

  it('[D6] reads what overflowed while a page was under way', () => {
    const run = play({ epoch: 'e', seq: 0 })
    run.attach()
    run.items(...[2, 3, 4, 5, 6, 7].map((seq) => event(seq)))
    const outputs = run.page(page(1, [1]))
    expect(run.accepted).toEqual([1, 2, 3, 4])
    expect(reads(outputs)).toMatchObject([{ range: { after: { seq: 4 } } }])
    run.page(page(7, [5, 6, 7]))
    expect(run.accepted).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('[D1] live/lost-between-skips: an event lost between two skips shows as a hole', () => {
    const run = play()
    run.attach()
    run.page(page(0, [], { epoch: 'e', mark: mark(0) }))
    run.items(skip(1, 2))
    const outputs = run.items(skip(4, 5))
    expect(reads(outputs)).toMatchObject([{ range: { after: { seq: 2 } } }])
    run.page(page(5, [3]))
    expect(run.accepted).toEqual([3])
    expect(run.state.at.seq).toBe(5)
  })

  it('[D1] replay/all-hidden-page-progresses: a page of hidden events moves the position', () => {
    const run = play()
    run.attach()
    const outputs = run.page(page(2000, [], { through: 1000, throughMark: mark(1000) }))
    expect(reads(outputs)).toMatchObject([{ range: { after: { seq: 1000 } } }])
    run.page(page(2000, [1500]))
    expect(run.accepted).toEqual([1500])
    expect(run.verdicts).toEqual([{ kind: 'fresh', count: 1 }])
  })

  it('[D4] replay/trimmed-between-pages: what was trimmed meanwhile is a gap in its place', () => {
    const run = play()
    run.attach()
    run.page(page(10, [1, 2], { through: 2, throughMark: mark(2) }))
    run.page(page(10, [6, 7, 8, 9, 10], { oldest: 6 }))
    expect(run.gaps).toMatchObject([{ reason: 'trimmed', from: { seq: 2 }, to: { seq: 5 } }])
    expect(run.accepted).toEqual([1, 2, 6, 7, 8, 9, 10])
  })

  it('[D4] replay/epoch-between-pages-and-straggler: a late page of the old log ends the doubt', () => {
    const run = play()
    run.attach()
    run.page(page(4, [1, 2], { through: 2, throughMark: mark(2) }))
    run.page(page(3, [], { epoch: 'other' }), 1000)
    expect(run.state.phase).toBe('doubting')
    run.items(event(5))
    run.page(page(4, [3, 4]), 2000)
    expect(run.gaps).toEqual([])
    expect(run.accepted).toEqual([1, 2, 3, 4, 5])
  })

  it('[D4] live/rewind-under-open-feed: an item whose predecessor is another event raises doubt', () => {
    const run = play({ epoch: 'e', seq: 3, mark: mark(3) })
    run.attach()
    run.page(page(3, []))
    const outputs = run.items(event(4, { prev: 'another.' }))
    expect(run.accepted).toEqual([])
    expect(reads(outputs)).toMatchObject([{ range: { after: { seq: 3, mark: mark(3) } } }])
    run.page(page(4, [], { rewound: true, through: 0 }), 0)
    run.page(page(4, [], { rewound: true, through: 0 }), 10_000)
    expect(run.gaps).toMatchObject([{ reason: 'rewound', from: { seq: 3 }, to: { seq: 4 } }])
  })

  it('[D4] node/behind-cursor-is-no-gap: a node that lags for less than staleMs costs nothing', () => {
    const run = play({ epoch: 'e', seq: 5, mark: mark(5) })
    run.attach()
    expect(reads(run.page(page(3, []), 0))).toMatchObject([{ inMs: 1000 }])
    run.page(page(3, []), 9000)
    run.page(page(6, [6]), 9500)
    expect(run.gaps).toEqual([])
    expect(run.accepted).toEqual([6])
    expect(run.verdicts).toEqual([{ kind: 'recovered', count: 1 }])
  })

  it('[D4] node/stale-node-says-old-epoch: doubt that was not kept up starts anew', () => {
    const run = play({ epoch: 'e', seq: 5 })
    run.attach()
    run.page(page(9, [], { epoch: 'old' }), 0)
    run.tell({ kind: 'detached' })
    run.attach()
    run.page(page(9, [], { epoch: 'old' }), 3_600_000)
    expect(run.gaps).toEqual([])
    expect(run.state.phase).toBe('doubting')
  })

  it('[D1] attach/unborn-topic-first-append: adopts the first epoch in silence', () => {
    const run = play('now')
    run.attach()
    run.page({ oldest: 1, head: 0, through: 0, events: [] })
    run.items(event(1))
    expect(run.accepted).toEqual([1])
    expect(run.gaps).toEqual([])
    expect(run.state.at).toEqual({ epoch: 'e', seq: 1, mark: mark(1) })
  })

  it('[D5] carries what an attach counted that died before its verdict', () => {
    const run = play({ epoch: 'e', seq: 1 })
    run.attach()
    run.page(page(10, [2, 3], { through: 3, throughMark: mark(3) }))
    run.tell({ kind: 'detached' })
    run.attach()
    run.page(page(10, [4, 5, 6, 7, 8, 9, 10]))
    expect(run.verdicts).toEqual([{ kind: 'recovered', count: 9 }])
  })

  it('[D1] pins the newest n over several pages when the other side gives fewer than asked', () => {
    const run = play({ last: 5 })
    run.attach()
    expect(reads(run.page(page(20, [])))).toMatchObject([{ range: { last: true, limit: 5 } }])
    expect(reads(run.page(page(20, [18, 19, 20])))).toMatchObject([{ range: { last: true, limit: 2, before: 18 } }])
    run.page(page(20, [16, 17], { through: 17, throughMark: mark(17) }))
    run.page(page(20, [18, 19, 20]))
    expect(run.accepted).toEqual([16, 17, 18, 19, 20])
    expect(run.gaps).toEqual([])
  })

  it('[D9] final/attach-after-trimmed-final: a sealed topic ends, also when its last event is gone', () => {
    const run = play({ epoch: 'e', seq: 2, mark: mark(2) })
    run.attach()
    const outputs = run.page(page(5, [], { oldest: 6, sealed: true }))
    expect(outputs.map(({ kind }) => kind)).toEqual(['gap', 'load', 'verdict', 'end'])
  })

  it('[D8] takes no more than there is room for and reads on when room was made', () => {
    const run = play()
    run.attach()
    run.page(page(5, [1, 2, 3, 4, 5]), 0, 2)
    expect(run.accepted).toEqual([1, 2])
    expect(reads(run.tell({ kind: 'roomMade' }))).toMatchObject([{ range: { after: { seq: 2 } } }])
  })

  it('gives up waiting for a head that no page reaches', () => {
    const run = play({ epoch: 'e', seq: 3, mark: mark(3) })
    run.attach()
    run.page(page(3, []))
    run.head({ epoch: 'e', seq: 9 })
    expect(reads(run.page(page(3, []), 0))).toMatchObject([{ inMs: 1000 }])
    expect(reads(run.page(page(3, []), 10_000))).toEqual([])
    expect(run.state.phase).toBe('live')
  })
})
