import { expect, test } from 'vitest'
import { goals } from '../src/goals.ts'
import { measures } from '../src/measures.ts'
import { compare, compareSeveral, measured } from '../src/rounds.ts'
import { table } from '../src/table.ts'
import { verdict } from '../src/verdict.ts'

const goal = { key: 'k', what: 'w', unit: 'ns', by: 'ratio', better: 'lower', goal: 2, andThen: 1.5 } as const

test('both sides take turns, the warm-up is not counted, and medians are compared', async () => {
  const order: string[] = []
  const ours = [99, 6, 4, 8].values()
  const result = await compare(
    { count: 3, warmUp: 1 },
    () => order.push('base') && 3,
    () => order.push('ours') && (ours.next().value ?? 0),
  )
  expect(order.join(' ')).toBe('base ours base ours base ours base ours')
  expect(result).toEqual({ value: 6, base: 3, ratio: 2 })
})

test('several values of one run are each compared with their own', async () => {
  const result = await compareSeveral(
    { count: 1, warmUp: 0 },
    async () => [1, 10],
    async () => [2, 5],
  )
  expect(result.map(({ ratio }) => ratio)).toEqual([2, 0.5])
})

test('a verdict goes by the ratio or by the value, and by what is better', () => {
  expect(verdict(goal, measured(3, 2))).toBe('beyond')
  expect(verdict(goal, measured(4, 2))).toBe('reached')
  expect(verdict(goal, measured(5, 2))).toBe('no')
  expect(verdict(goal, measured(1))).toBe('not measured')
  expect(verdict({ ...goal, by: 'value' }, measured(1))).toBe('beyond')
  expect(verdict({ ...goal, better: 'higher', goal: 0.7, andThen: 0.8 }, measured(3, 4))).toBe('reached')
})

test('the table shows what was measured, and nothing else', () => {
  const lines = table([goal, { ...goal, key: 'other' }], { k: measured(150, 100) }).split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[2]?.split('|').map((cell) => cell.trim())).toEqual([
    '',
    'k',
    'w',
    '100 ns',
    '150 ns',
    '1.50',
    '≤ 2×',
    '≤ 1.5×',
    'beyond',
    '',
  ])
})

test('every key of the table is measured by one measure', () => {
  expect(measures.flatMap(({ keys }) => [...keys]).sort()).toEqual(goals.map(({ key }) => key).sort())
})
