import type { ReactElement } from 'react'
import type { Meter, Slice } from '../data/meter.ts'
import { placesOf, rateNow } from '../data/series.ts'
import { useSlices } from '../data/use-meter.ts'
import { milliseconds, number } from '../format.ts'
import { Chart } from './chart.tsx'
import { Panel } from './panel.tsx'

/** How late events are, and how many come: the last minute. */
export function Charts({ meter }: { readonly meter: Meter }): ReactElement {
  const slices = useSlices(meter)
  const { median, worst } = summary(slices)
  const late = placesOf(slices, ({ worst }) => worst)
  const usual = placesOf(slices, ({ median }) => median)
  const times = slices.map(({ at }) => at)
  return (
    <Panel name="charts" title="Last minute">
      <figure>
        <figcaption>
          <span>Latency</span>
          <span>
            median <b>{milliseconds(median)}</b> · slowest <b>{milliseconds(worst)}</b>
          </span>
        </figcaption>
        <Chart times={times} series={[usual, late]} kind="latency" />
      </figure>
      <figure>
        <figcaption>
          <span>Rate</span>
          <span>
            <b>{number(Math.round(rateNow(slices)))}</b> events/s now
          </span>
        </figcaption>
        <Chart times={times} series={[slices.map(({ count, seconds }) => count / seconds)]} kind="rate" />
      </figure>
    </Panel>
  )
}

function summary(slices: readonly Slice[]) {
  const medians = slices.flatMap(({ median }) => (median === undefined ? [] : [median])).sort((a, b) => a - b)
  const worst = slices.reduce<number | undefined>(
    (most, slice) => (slice.worst === undefined ? most : Math.max(most ?? 0, slice.worst)),
    undefined,
  )
  return { median: medians[medians.length >> 1], worst }
}
