import { expect, test } from 'vitest'
import { busiestShare, lostOrRepeated, median, percentile } from '../src/statistics.ts'

test('the median is the middle value, or the mean of both', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([10, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
})

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(percentile(values, 0.5)).toBe(50)
  expect(percentile(values, 0.99)).toBe(99)
  expect(percentile([7], 0.95)).toBe(7)
  expect(percentile([], 0.5)).toBeNaN()
})

test('the busiest window is found wherever it begins', () => {
  expect(busiestShare([0, 500, 560, 599, 600, 1000], 100)).toBe(3 / 6)
  expect(busiestShare([600, 0, 599, 1000, 560], 100)).toBe(3 / 5)
  expect(busiestShare([], 100)).toBe(0)
})

test('what is lost and what comes twice both count', () => {
  expect(lostOrRepeated([1, 2, 3], 3)).toBe(0)
  expect(lostOrRepeated([1, 3], 3)).toBe(1)
  expect(lostOrRepeated([1, 2, 2, 3], 3)).toBe(1)
  expect(lostOrRepeated([], 3)).toBe(3)
})
