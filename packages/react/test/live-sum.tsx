import { type Cursor, encodeCursor, positionOf, type WireEvent } from '@steadywire/core'
import { createTestWire, type TestWire } from '@steadywire/core/testing'
import { type LiveOptions, useLive } from '@steadywire/react'
import { screen } from '@testing-library/react'
import { onTestFinished, vi } from 'vitest'
import { job, topic } from './family.ts'

/** The sum of all percents, and what it was made of. */
export interface Sum {
  readonly of: readonly number[]
}

export type Options = LiveOptions<Sum, typeof topic, 'job.progress'>

export const add: Options['reduce'] = ({ of }, { data }) => ({ of: [...of, data.percent] })

/** The backend: reads the head, then the state. */
export function serverOf(wire: TestWire) {
  const cursorAt = (seq: number): Cursor => {
    const event = wire.log.read(topic.name, { limit: 1, after: { seq: seq - 1 } }).events[0]
    return encodeCursor(positionOf(event as WireEvent))
  }
  const stateAt = (seq: number): Sum => ({ of: Array.from({ length: seq }, (_, index) => index + 1) })
  return {
    snapshot: (seq: number) => ({ state: stateAt(seq), cursor: cursorAt(seq) }),
    epoch: () => wire.log.read(topic.name, { limit: 0, last: true }).epoch as string,
    head: () => wire.log.read(topic.name, { limit: 0, last: true }).head,
  }
}

export function wireWith(count: number) {
  const wire = createTestWire()
  emit(wire, 1, count)
  return wire
}

export function emit(wire: TestWire, from: number, to: number) {
  for (let percent = from; percent <= to; percent++) wire.emit(topic, 'job.progress', { percent })
}

/** Shows the sum of a job, how that goes, and what went wrong. */
export function Shown({ jobId = '7', on = true, ...options }: Partial<Options> & { jobId?: string; on?: boolean }) {
  const { state, status, error } = useLive<Sum, typeof topic, 'job.progress'>(on && job({ jobId }), {
    load: () => ({ state: { of: [] } }),
    reduce: add,
    types: ['job.progress'],
    ...options,
  })
  return (
    <p>
      {state ? state.of.join(' ') : 'nothing'} ({status}){error && ` ${error.code}`}
    </p>
  )
}

export const shown = () => screen.getAllByRole('paragraph').map(({ textContent }) => textContent)

/** Hears what is told to the console, and keeps it from there. */
export function muteConsole() {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => logged.mockRestore())
  return logged
}

/** For what does not go by the wire's clock. */
export function withFakeTimers() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}
