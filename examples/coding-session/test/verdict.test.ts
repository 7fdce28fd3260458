import { describe, expect, it } from 'vitest'
import { formatVerdict, isClean, judge } from '../src/verdict.ts'

const record = (seq: number, at = 0, hash = 'h') => ({ id: `id-${seq}`, seq, at, hash })
const emitted = [record(1), record(2), record(3)]
const seen = { gaps: 0, reconnects: 0 }

describe('the verdict', () => {
  it('is clean when all arrived once, in order, with their content', () => {
    const verdict = judge(emitted, [record(1, 1), record(2, 2), record(3, 9)], { gaps: 0, reconnects: 4 })
    expect(isClean(verdict)).toBe(true)
    expect(formatVerdict(verdict)).toBe(
      'verdict: delivered 3/3, repeated 0, out of order 0, gaps 0, reconnects 4, p50 2.0 ms, p99 9.0 ms',
    )
  })

  it.each([
    ['a lost event', [record(1), record(3)], { delivered: 2 }],
    ['a repeated event', [record(1), record(2), record(2), record(3)], { repeated: 1, delivered: 3 }],
    ['a wrong order', [record(1), record(3), record(2)], { outOfOrder: 1, delivered: 3 }],
    ['a changed content', [record(1), record(2, 0, 'x'), record(3)], { delivered: 2 }],
  ])('is not clean with %s', (_, arrived, expected) => {
    const verdict = judge(emitted, arrived, seen)
    expect(verdict).toMatchObject(expected)
    expect(isClean(verdict)).toBe(false)
  })

  it('is not clean with a gap', () => {
    expect(isClean(judge(emitted, emitted, { gaps: 1, reconnects: 0 }))).toBe(false)
  })
})
