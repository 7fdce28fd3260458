import type { Slice } from './meter.ts'

/** For a chart: a number, a gap (null), or nothing that breaks the line (undefined). */
export type Place = number | null | undefined

/** So long a silence is no gap: who says something every second was never away, s. */
const longestBridge = 3

/** The values of slices as places of a line, with gaps where nothing came for long. */
export function placesOf(slices: readonly Slice[], pick: (slice: Slice) => number | undefined): readonly Place[] {
  const places: Place[] = slices.map((slice) => pick(slice))
  let previous: number | undefined
  slices.forEach(({ at }, index) => {
    if (places[index] === undefined) return
    if (previous !== undefined && at - (slices[previous]?.at ?? at) > longestBridge)
      places.fill(null, previous + 1, index)
    previous = index
  })
  return places
}

/** The values with no other beside them: a line leaves them out. */
export function lonelyPlaces(places: readonly Place[]): readonly number[] {
  return places.flatMap((place, index) =>
    typeof place === 'number' && !neighbour(places, index, -1) && !neighbour(places, index, 1) ? [index] : [],
  )
}

function neighbour(places: readonly Place[], from: number, step: 1 | -1): boolean {
  let at = from + step
  while (at in places && places[at] === undefined) at += step
  return typeof places[at] === 'number'
}

/** How many events came in a second, over about the last one. */
export function rateNow(slices: readonly Slice[]): number {
  const recent = slices.slice(-2)
  const seconds = recent.reduce((sum, slice) => sum + slice.seconds, 0)
  return seconds > 0 ? recent.reduce((sum, { count }) => sum + count, 0) / seconds : 0
}
