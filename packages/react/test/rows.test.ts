import type { Gap, GapReason } from '@steadywire/core'
import { expect, it } from 'vitest'
import { type ListedEvent, rowsOf } from '../src/components/rows.ts'

const event = (epoch: string, seq: number): ListedEvent => ({ id: `${epoch}-event-${seq}`, epoch, seq })
const events = (epoch: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => event(epoch, from + index))
const position = (epoch: string, seq: number) => ({ epoch, seq, mark: event(epoch, seq).id.slice(-8) })
const gap = (reason: GapReason, from: Gap['from'], to: Gap['to']): Gap => ({ topic: 'job:7', reason, from, to })
const shown = (list: readonly ListedEvent[], gaps: readonly Gap[]) =>
  rowsOf(list, gaps).map((row) => (row.gap ? row.gap.reason : `${row.event.epoch}${row.event.seq}`))

it('puts a gap where events were trimmed', () => {
  const list = [...events('a', 1, 2), ...events('a', 6, 7)]
  expect(shown(list, [gap('trimmed', position('a', 2), position('a', 5))])).toEqual(['a1', 'a2', 'trimmed', 'a6', 'a7'])
})

it('puts a gap at the end, while nothing came after it', () => {
  expect(shown(events('a', 1, 2), [gap('trimmed', position('a', 2), position('a', 5))])).toEqual([
    'a1',
    'a2',
    'trimmed',
  ])
  expect(shown([], [gap('epoch', position('a', 2), { seq: 0 })])).toEqual(['epoch'])
})

it('puts several gaps between the logs that came one after the other', () => {
  const gaps = [gap('epoch', position('a', 2), position('b', 1)), gap('epoch', position('b', 3), { seq: 0 })]
  const list = [...events('a', 1, 2), ...events('b', 2, 3), ...events('c', 1, 1)]
  expect(shown(list, gaps)).toEqual(['a1', 'a2', 'epoch', 'b2', 'b3', 'epoch', 'c1'])
})

it('tells the events before a rewind from those after it, which have the same numbers', () => {
  const again = events('a', 3, 4).map((one) => ({ ...one, id: `other-${one.seq}` }))
  const rewound = gap('rewound', position('a', 4), position('a', 2))
  expect(shown([...events('a', 1, 4), ...again], [rewound])).toEqual(['a1', 'a2', 'a3', 'a4', 'rewound', 'a3', 'a4'])
  expect(shown(events('a', 1, 4), [rewound])).toEqual(['a1', 'a2', 'a3', 'a4', 'rewound'])
})

it('gives every row a key of its own', () => {
  const gaps = [gap('trimmed', position('a', 2), position('a', 5)), gap('trimmed', position('a', 7), position('a', 9))]
  const keys = rowsOf([...events('a', 1, 2), ...events('a', 6, 7)], gaps).map(({ key }) => key)
  expect(new Set(keys).size).toBe(6)
})
