import { backoffDelay, defaultBackoff } from './backoff.ts'
import type { Clock, Random } from './clock.ts'

/** Which of several wires failed lately, and when each is worth another try. */
export interface WireHealth {
  failed(place: number): void
  /** It is worth a try at once; if it fails again, the next waits for longer than the last. */
  usable(place: number): void
  stable(place: number): void
  isDue(place: number): boolean
  /** How long until then, ms. */
  dueIn(place: number): number
  /** In which order to try them: the preferred one first, and last those that failed a moment ago. */
  order(preferred: number): readonly number[]
}

export function createWireHealth(count: number, clock: Clock, random: Random): WireHealth {
  const failures = new Array<number>(count).fill(0)
  const dueAt = new Array<number>(count).fill(0)
  const dueIn = (place: number): number => Math.max(0, (dueAt[place] ?? 0) - clock.now())
  const isDue = (place: number): boolean => dueIn(place) === 0

  return {
    failed(place) {
      const times = (failures[place] ?? 0) + 1
      failures[place] = times
      dueAt[place] = clock.now() + backoffDelay(defaultBackoff, times, random())
    },
    usable(place) {
      dueAt[place] = 0
    },
    stable(place) {
      failures[place] = 0
      dueAt[place] = 0
    },
    isDue,
    dueIn,
    order(preferred) {
      const places = [...dueAt.keys()].sort((a, b) => Number(b === preferred) - Number(a === preferred))
      return [...places.filter(isDue), ...places.filter((place) => !isDue(place))]
    },
  }
}
