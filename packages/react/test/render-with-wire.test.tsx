// @vitest-environment jsdom
import { createTestWire } from '@steadywire/core/testing'
import { useEvents, useSignals } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { cleanup, screen } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, expect, it } from 'vitest'
import { job, topic } from './family.ts'

afterEach(cleanup)

const text = () => screen.getByRole('paragraph').textContent

/** The topics 7, 8 and 9, each shown when the one before has an event. */
function Chain({ jobId }: { readonly jobId: number }) {
  const { events } = useEvents(job({ jobId: `${jobId}` }))
  if (events.length === 0) return <p>{jobId} is empty</p>
  return jobId < 9 ? <Chain jobId={jobId + 1} /> : <p>all are there</p>
}

function wireOfChain() {
  const wire = createTestWire()
  for (const jobId of ['7', '8', '9']) wire.emit(job({ jobId }), 'job.progress', { percent: 1 })
  return wire
}

it('what is rendered because of an event is settled, too', async () => {
  const { settled } = renderWithWire(<Chain jobId={7} />, { wire: wireOfChain() })
  await settled()
  expect(text()).toBe('all are there')
})

it('and so it is when time is moved on, which otherwise goes no further', async () => {
  const { advance, wire } = renderWithWire(<Chain jobId={7} />, { wire: wireOfChain() })
  await advance(1000)
  expect(text()).toBe('all are there')
  const now = wire.clock.now()
  await advance(100)
  expect(wire.clock.now()).toBe(now + 100)
})

it('what hooks wait for comes by the clock that the test moves', async () => {
  function Count() {
    const [count, setCount] = useState(0)
    useSignals(topic, { refresh: (changes) => setCount(changes[0]?.count ?? 0), refreshAll: () => {} })
    return <p>{count}</p>
  }
  const { wire, settled, advance } = renderWithWire(<Count />)
  await advance(1000)
  wire.emit(topic, 'job.progress', { percent: 1 })
  wire.emit(topic, 'job.progress', { percent: 2 })
  await settled()
  expect(text()).toBe('0')
  await advance(500)
  expect(text()).toBe('2')
})
