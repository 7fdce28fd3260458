import { type ReactElement, useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { lonelyPlaces, type Place } from '../data/series.ts'
import { colour, watchColours } from '../theme.ts'

interface ChartProps {
  readonly kind: 'latency' | 'rate'
  /** s since 1970, ascending. */
  readonly times: readonly number[]
  readonly series: readonly (readonly Place[])[]
}

const height = 84

/** A small chart; its numbers stand beside it in words. */
export function Chart({ kind, times, series }: ChartProps): ReactElement {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const data = [times, ...series] as unknown as uPlot.AlignedData

  // biome-ignore lint/correctness/useExhaustiveDependencies: later data comes by the effect below
  useEffect(() => {
    const { current } = place
    if (!current) return undefined
    const draw = (): void => {
      plot.current?.destroy()
      plot.current = new uPlot(optionsOf(kind, current.clientWidth), data, current)
    }
    draw()
    const unwatch = watchColours(draw)
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: current.clientWidth, height }))
    resized.observe(current)
    return () => {
      unwatch()
      resized.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [kind])
  // biome-ignore lint/correctness/useExhaustiveDependencies: times change with everything else
  useEffect(() => plot.current?.setData(data), [times])

  return <div className="chart" dir="ltr" ref={place} aria-hidden="true" />
}

/** The last minute, and on a scale of powers how late: a cut of seconds must not flatten the milliseconds. */
function optionsOf(kind: ChartProps['kind'], width: number): uPlot.Options {
  const axis = {
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    font: '11px "IBM Plex Sans Variable", sans-serif',
  }
  const line = { points: { show: false, size: 4, filter: lonely } }
  const latency = kind === 'latency'
  return {
    width,
    height,
    padding: [6, 4, 4, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: () => [Date.now() / 1000 - 60, Date.now() / 1000] },
      y: latency ? { distr: 3, range: [1, 10_000] } : { range: (_, __, max) => [0, Math.max(10, max * 1.1)] },
    },
    axes: [
      { show: false },
      {
        ...axis,
        size: 44,
        gap: 4,
        ...(latency
          ? { splits: () => [1, 10, 100, 1000, 10_000], values: () => ['1 ms', '', '100', '', '10 s'] }
          : { splits: (_, __, ___, max) => [0, niceHalf(max)], values: (_, splits) => splits.map(String) }),
      },
    ],
    series: [
      {},
      latency
        ? { ...line, stroke: colour('accent'), width: 1.75 }
        : {
            ...line,
            stroke: colour('good'),
            width: 1.5,
            fill: colour('good-wash'),
            paths: uPlot.paths.stepped?.({ align: -1 }) ?? null,
          },
      ...(latency ? [{ ...line, stroke: colour('muted'), width: 1, dash: [2, 3] }] : []),
    ],
  } as uPlot.Options
}

/** A line begins with two of them. */
function lonely({ data }: uPlot, series: number): number[] {
  return [...lonelyPlaces([...(data[series] ?? [])])]
}

/** A round number near the middle of the scale. */
function niceHalf(max: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, max / 2)))
  return Math.floor(max / 2 / power) * power
}
