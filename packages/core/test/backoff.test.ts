import { describe, expect, it } from 'vitest'
import { backoffDelay, defaultBackoff } from '../src/backoff.ts'

const almostOne = 1 - Number.EPSILON

describe('a backoff delay', () => {
  it('[C2] is 1, 2, 4, 8, 16, 30, 30 … s without jitter', () => {
    const rules = { ...defaultBackoff, jitter: false }
    const delays = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoffDelay(rules, attempt, 0.5))
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  })

  it('[C2] varies with jitter: the first over nearly its whole length, the later ones around a half', () => {
    expect(backoffDelay(defaultBackoff, 1, 0)).toBe(100)
    expect(backoffDelay(defaultBackoff, 1, almostOne)).toBeCloseTo(1000)
    expect(backoffDelay(defaultBackoff, 3, 0)).toBe(1000)
    expect(backoffDelay(defaultBackoff, 3, almostOne)).toBeCloseTo(3000)
  })
})
