// @vitest-environment jsdom
import { createTestWire } from '@steadywire/core/testing'
import { useEvents } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { topic } from './family.ts'

function Percents({ limit }: { readonly limit?: number }) {
  const { events, caughtUp, gaps } = useEvents(topic, { types: ['job.progress'], ...(limit && { limit }) })
  return (
    <p>
      {events.map(({ data }) => data.percent).join(' ')}
      {caughtUp ? ' caught up' : ''}
      {gaps.map(({ reason }) => ` gap: ${reason}`)}
    </p>
  )
}

const shown = () => screen.getByRole('paragraph').textContent

it('shows the newest events, and what comes', async () => {
  const wire = createTestWire()
  for (const percent of [1, 2, 3]) wire.emit(topic, 'job.progress', { percent })
  const { settled } = renderWithWire(<Percents limit={2} />, { wire })
  expect(shown()).toBe('')
  await settled()
  expect(shown()).toBe('2 3 caught up')
  wire.emit(topic, 'job.log', { line: 'passed over' })
  wire.emit(topic, 'job.progress', { percent: 4 })
  await settled()
  expect(shown()).toBe('3 4 caught up')
})
