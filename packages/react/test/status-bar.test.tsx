// @vitest-environment jsdom
import { wireError } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import { useEvents } from '@steadywire/react'
import { StatusBar, type Texts } from '@steadywire/react/components/status'
import { renderWithWire } from '@steadywire/react/testing'
import { cleanup, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'
import { violations } from './axe.ts'
import { job, topic } from './family.ts'

const other = job({ jobId: '8' })

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

function Page({ texts = {} }: { readonly texts?: Partial<Texts> }) {
  const seven = useEvents(topic)
  const eight = useEvents(other)
  return (
    <main>
      <StatusBar data-testid="bar" graceMs={0} followed={{ Seven: seven, Eight: eight }} texts={texts} />
    </main>
  )
}

const bar = () => screen.getByTestId('bar')
const kinds = () => [...bar().querySelectorAll('.steadywire-followed')].map((item) => item.getAttribute('data-state'))
const shows = (state: string) => expect(bar().dataset.state).toBe(state)

it('shows the connection, and what is caught up', async () => {
  const { settled } = renderWithWire(<Page />)
  shows('connecting')
  expect(kinds()).toEqual(['cut-off', 'cut-off'])
  expect(await violations(bar())).toEqual([])
  await settled()
  shows('live')
  expect(kinds()).toEqual(['caught-up', 'caught-up'])
  expect(bar().textContent?.replaceAll(/\s+/g, ' ')).toBe('ConnectedSeven Up to date Eight Up to date ')
  expect(screen.queryByRole('button')).toBeNull()
  expect(await violations(bar())).toEqual([])
})

it('says why something was refused and what to do, and asks again', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const user = userEvent.setup()
  const wire = createTestWire()
  wire.forbid(other)
  const { settled } = renderWithWire(<Page />, { wire })
  await settled()
  expect(kinds()).toEqual(['caught-up', 'refused'])
  const told = screen.getAllByRole('status').map(({ textContent }) => textContent)
  expect(told).toEqual(['Connected', '', 'job:8 is forbidden'])
  expect(await violations(bar())).toEqual([])
  wire.forbid(other, false)
  await user.tab()
  await user.keyboard(' ')
  await settled()
  expect(kinds()).toEqual(['caught-up', 'caught-up'])
  expect(screen.queryByRole('button')).toBeNull()
})

it('says why the connection failed and what to do', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const wire = createTestWire()
  const error = wireError('refused', 'forbidden', 'Nobody may', { hint: 'Sign in.' })
  const transport = { ...wire.transport, connect: () => Promise.reject(error) }
  const { settled } = renderWithWire(<Page />, { wire, subscriber: { transport } })
  await settled()
  shows('failed')
  expect(bar().textContent).toContain('Nobody may. Sign in.')
  expect(screen.getByRole('button', { name: 'Try now' })).toBeTruthy()
  expect(await violations(bar())).toEqual([])
})

it('says it in the words of the app', async () => {
  const { settled } = renderWithWire(<Page texts={{ live: 'متصل', caughtUp: 'محدّث' }} />)
  await settled()
  shows('live')
  expect(bar().textContent).toMatch(/متصل.*محدّث.*محدّث/)
})

it('tells what is complete', async () => {
  const wire = createTestWire()
  wire.emit(topic, 'job.progress', { percent: 100 }, { final: true })
  const { settled } = renderWithWire(<Page />, { wire })
  await settled()
  expect(kinds()).toEqual(['ended', 'caught-up'])
})
