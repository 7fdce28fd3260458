import { type Attributes, type Meter, metrics, type Span, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { type Clock, systemClock } from './clock.ts'
import type { EventStage, Observation, Observe } from './observe.ts'

export interface OpenTelemetryOptions {
  /** Default: `steadywire` of the global meter provider. */
  readonly meter?: Meter
  /** With it, emits and connection attempts become spans. */
  readonly tracer?: Tracer
  readonly clock?: Clock
}

type EventRecord = Observation & { readonly kind: 'event' }
type ConnectionRecord = Observation & { readonly kind: 'connection' }

/**
 * Counts what happens, and measures how long live events take from the log to the handler. Use one observer per subscriber
 * or emitter. Topics are not attributes (there may be any number of them), event types and error codes are.
 *
 * - `steadywire.events`: every stage of every event, by `stage` and `type`
 * - `steadywire.gaps` by `reason`, `steadywire.errors` by `code`, `steadywire.reconnects`
 * - `steadywire.latency` (ms, by `type`): from the log's clock to this device's, so it is only as true as both clocks agree;
 *   replayed events and negative values are left out
 *
 * @example
 * createSubscriber({ transport, observe: openTelemetryObserver() })
 */
export function openTelemetryObserver(options: OpenTelemetryOptions = {}): Observe {
  const { meter = metrics.getMeter('steadywire'), tracer, clock = systemClock } = options
  const events = meter.createCounter('steadywire.events', { description: 'Stages of events' })
  const gaps = meter.createCounter('steadywire.gaps', { description: 'Gaps announced' })
  const errors = meter.createCounter('steadywire.errors', { description: 'Errors reported' })
  const reconnects = meter.createCounter('steadywire.reconnects', { description: 'Attempts to connect again' })
  const latency = meter.createHistogram('steadywire.latency', {
    unit: 'ms',
    description: 'From append to delivery, by two clocks',
  })
  const spans = tracer && createSpans(tracer)
  const replayed = new Map<string, number>()

  const sawEvent = (record: EventRecord): void => {
    const { stage, topic, type, seq, time } = record
    events.add(1, { stage, type })
    spans?.event(record)
    if (stage === 'read') replayed.set(topic, seq)
    if (stage !== 'delivered' || time === 0 || seq <= (replayed.get(topic) ?? 0)) return
    const elapsed = clock.wall() - time
    if (elapsed >= 0) latency.record(elapsed, { type })
  }

  return (record) => {
    switch (record.kind) {
      case 'event':
        return sawEvent(record)
      case 'gap':
        replayed.delete(record.topic)
        return gaps.add(1, { reason: record.gap.reason })
      case 'error':
        return errors.add(1, { code: record.error.code })
      case 'connection':
        if (record.to === 'connecting' && record.from !== 'idle') reconnects.add(1)
        return spans?.connection(record)
      case 'subscription':
        if (record.to === 'detached' || record.to === 'ended') replayed.delete(record.topic)
    }
  }
}

const emitted = new Set<EventStage>(['appended', 'duplicate', 'rejected'])

function createSpans(tracer: Tracer) {
  const emits = new Map<string, Span>()
  let connecting: Span | undefined

  const end = (span: Span, failed: boolean, attributes: Attributes): void => {
    span.setAttributes(attributes)
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  }

  return {
    event({ stage, id, type, topic, seq }: EventRecord): void {
      if (stage === 'emitted')
        emits.set(
          id,
          tracer.startSpan('steadywire.emit', { attributes: { 'steadywire.type': type, 'steadywire.topic': topic } }),
        )
      const span = emitted.has(stage) ? emits.get(id) : undefined
      if (!span) return
      emits.delete(id)
      end(span, stage === 'rejected', { 'steadywire.stage': stage, 'steadywire.seq': seq })
    },
    connection({ to, attempt, error }: ConnectionRecord): void {
      if (connecting) end(connecting, to !== 'online', error ? { 'steadywire.code': error.code } : {})
      connecting =
        to === 'connecting'
          ? tracer.startSpan('steadywire.connect', { attributes: { 'steadywire.attempt': attempt } })
          : undefined
    },
  }
}
