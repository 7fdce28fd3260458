import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { createSubscriber, type Observation, SteadywireError } from '@steadywire/core'
import { consoleObserver } from '@steadywire/core/console'
import { openTelemetryObserver } from '@steadywire/core/opentelemetry'
import { createTestWire } from '@steadywire/core/testing'
import { describe, expect, it } from 'vitest'

const error = new SteadywireError('connection_lost', 'The line broke', { hint: 'Wait.' })
const event = { at: 0, kind: 'event', topic: 'job:1', type: 'progress', id: 'x', seq: 7, time: 1000 } as const
const records: Observation[] = [
  { ...event, stage: 'delivered' },
  { ...event, stage: 'rejected', seq: 0 },
  { at: 0, kind: 'connection', from: 'online', to: 'waiting', attempt: 1, error },
  { at: 0, kind: 'connection', from: 'waiting', to: 'connecting', attempt: 1 },
  { at: 0, kind: 'subscription', topic: 'job:1', from: 'replaying', to: 'live' },
  { at: 0, kind: 'subscription', topic: 'job:1', from: 'live', to: 'delayed', error },
  {
    at: 0,
    kind: 'gap',
    topic: 'job:1',
    gap: { topic: 'job:1', reason: 'trimmed', from: { seq: 0 }, to: { seq: 5, epoch: 'e' } },
  },
  { at: 0, kind: 'error', error },
]

describe('consoleObserver', () => {
  function lines(level?: 'debug' | 'info' | 'warn'): string[] {
    const out: string[] = []
    const write = (name: string) => (line: string) => void out.push(`${name} ${line}`)
    const fake = { debug: write('debug'), info: write('info'), warn: write('warn') }
    for (const record of records) consoleObserver({ ...(level && { level }), console: fake })(record)
    return out
  }

  it('writes lines to read', () => {
    expect(lines('debug')).toEqual([
      'debug steadywire job:1 #7 progress delivered',
      'warn steadywire job:1 progress rejected',
      'warn steadywire connection online → waiting (attempt 1): connection_lost: The line broke (Wait.)',
      'info steadywire connection waiting → connecting (attempt 1)',
      'info steadywire job:1 replaying → live',
      'warn steadywire job:1 live → delayed: connection_lost: The line broke (Wait.)',
      'warn steadywire job:1 gap (trimmed): #0 → #5 of e',
      'warn steadywire connection_lost: The line broke (Wait.)',
    ])
  })

  it('leaves out what is below the level', () => {
    expect([lines().length, lines('warn').length]).toEqual([7, 5])
  })
})

describe('openTelemetryObserver', () => {
  async function measured(run: (observe: (record: Observation) => void) => unknown, wire = createTestWire()) {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
    const provider = new MeterProvider({ readers: [reader] })
    await run(openTelemetryObserver({ meter: provider.getMeter('test'), clock: wire.clock }))
    await provider.forceFlush()
    const metrics = exporter.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? []
    await provider.shutdown()
    return (name: string) =>
      metrics
        .find(({ descriptor }) => descriptor.name === name)
        ?.dataPoints.map(({ attributes, value }) => ({ ...attributes, value })) ?? []
  }

  it('counts stages, gaps, errors and reconnects', async () => {
    const points = await measured((observe) => {
      for (const record of records) observe(record)
    })
    expect(points('steadywire.events')).toEqual([
      { stage: 'delivered', type: 'progress', value: 1 },
      { stage: 'rejected', type: 'progress', value: 1 },
    ])
    expect(points('steadywire.gaps')).toEqual([{ reason: 'trimmed', value: 1 }])
    expect(points('steadywire.errors')).toEqual([{ code: 'connection_lost', value: 1 }])
    expect(points('steadywire.reconnects')).toEqual([{ value: 1 }])
  })

  it('measures from append to delivery, of live events only', async () => {
    const wire = createTestWire({ latencyMs: 20 })
    const points = await measured(async (observe) => {
      wire.emit('job:1', 'old', 1)
      await wire.clock.advance(5000)
      const subscriber = createSubscriber({ ...wire.options, observe })
      subscriber.subscribe('job:1', { from: 'start', event() {}, gap() {} })
      await wire.settled()
      wire.emit('job:1', 'new', 2)
      await wire.settled()
      await subscriber.close()
    }, wire)
    expect(points('steadywire.latency')).toMatchObject([{ type: 'new', value: { count: 1, sum: 20 } }])
  })

  it('makes spans of emits and connection attempts, given a tracer', () => {
    const spans: string[] = []
    const startSpan = (name: string) => ({
      setAttributes: (attributes: object) => void spans.push(`${name} ${JSON.stringify(attributes)}`),
      setStatus: () => void spans.push('failed'),
      end: () => void spans.push('end'),
    })
    const observe = openTelemetryObserver({ tracer: { startSpan } as never })
    observe({ ...event, stage: 'emitted', seq: 0 })
    observe({ ...event, stage: 'appended' })
    observe({ at: 0, kind: 'connection', from: 'idle', to: 'connecting', attempt: 1 })
    observe({ at: 0, kind: 'connection', from: 'connecting', to: 'waiting', attempt: 1, error })
    expect(spans).toEqual([
      'steadywire.emit {"steadywire.stage":"appended","steadywire.seq":7}',
      'end',
      'steadywire.connect {"steadywire.code":"connection_lost"}',
      'failed',
      'end',
    ])
  })
})
