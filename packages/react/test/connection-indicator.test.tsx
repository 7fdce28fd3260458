// @vitest-environment jsdom
import { wireError } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import { useEvents } from '@steadywire/react'
import { ConnectionIndicator, type ConnectionIndicatorProps } from '@steadywire/react/components'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'
import { violations } from './axe.ts'
import { topic } from './family.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

function Page(props: ConnectionIndicatorProps) {
  useEvents(topic)
  return (
    <main>
      <ConnectionIndicator data-testid="indicator" {...props} />
    </main>
  )
}

const indicator = () => screen.getByTestId('indicator')
const state = () => indicator().dataset.state
const said = () => screen.getByRole('status').textContent

async function renderLive(props: ConnectionIndicatorProps = {}) {
  const rendered = renderWithWire(<Page {...props} />)
  await rendered.settled()
  return rendered
}

/** Until a connection proved stable, the next ones wait longer. */
async function renderCut(props: ConnectionIndicatorProps = {}) {
  const rendered = await renderLive(props)
  await rendered.advance(6000)
  await act(async () => rendered.wire.cut())
  await rendered.advance(300)
  return rendered
}

it('shows nothing while it is live', async () => {
  const { advance } = await renderLive()
  await advance(1000)
  expect(state()).toBe('live')
  expect(indicator().textContent).toBe('')
  expect(await violations(indicator())).toEqual([])
})

it('shows that it connects, if that takes its time', async () => {
  const wire = createTestWire()
  wire.stall()
  const { advance } = renderWithWire(<Page />, { wire })
  await advance(299)
  expect(state()).toBe('live')
  await advance(1)
  expect(state()).toBe('connecting')
  expect(said()).toBe('Connecting…')
  expect(screen.queryByRole('button')).toBeNull()
  expect(await violations(indicator())).toEqual([])
  wire.stall(false)
  await advance(20_000)
  expect(state()).toBe('live')
})

it('shows no trouble that is over at once', async () => {
  const backoff = { delaysMs: [250], jitter: false }
  const { wire, advance } = renderWithWire(<Page />, { subscriber: { backoff } })
  await advance(6000)
  await act(async () => wire.cut())
  await advance(249)
  expect(state()).toBe('live')
  await advance(2000)
  expect(state()).toBe('live')
  expect(said()).toBe('')
})

it('counts down to the next try, outside of what is read out', async () => {
  const { advance } = await renderCut()
  expect(state()).toBe('waiting')
  expect(said()).toBe('Reconnecting…')
  const timer = screen.getByRole('timer')
  expect(timer.textContent).toBe('in 1 s')
  expect(screen.getByRole('status').contains(timer)).toBe(false)
  expect(await violations(indicator())).toEqual([])
  await advance(2000)
  expect(state()).toBe('live')
  expect(indicator().textContent).toBe('Connected')
})

it('says the same through all tries, so that it is read out once', async () => {
  const { wire, advance } = await renderLive()
  wire.stall()
  await act(async () => wire.cut())
  await advance(300)
  const heard: (string | null)[] = []
  new MutationObserver(() => heard.push(said())).observe(screen.getByRole('status'), {
    childList: true,
    characterData: true,
    subtree: true,
  })
  const states = new Set<string | undefined>()
  for (let second = 0; second < 30; second += 1) {
    await advance(1000)
    states.add(state())
  }
  expect([...states].sort()).toEqual(['connecting', 'waiting'])
  expect(heard).toEqual([])
})

it('is told offline from paused', async () => {
  const { wire, settled, advance } = await renderLive()
  await act(async () => wire.offline())
  await advance(300)
  expect(state()).toBe('offline')
  expect(said()).toBe('You are offline')
  expect(await violations(indicator())).toEqual([])
  wire.offline(false)
  await settled()
  expect(state()).toBe('live')
  await act(async () => wire.background())
  await advance(300)
  expect(state()).toBe('paused')
  expect(said()).toBe('Paused')
})

it('tries again by the keyboard, and the button keeps the focus meanwhile', async () => {
  const user = userEvent.setup()
  const wire = createTestWire()
  let refused = true
  const transport = {
    ...wire.transport,
    connect: (context: Parameters<typeof wire.transport.connect>[0]) =>
      refused ? Promise.reject(wireError('refused', 'forbidden', 'No entry')) : wire.transport.connect(context),
  }
  const { settled, advance } = renderWithWire(
    <Page graceMs={0} texts={{ failed: (error) => `Failed: ${error?.code}` }} />,
    {
      wire,
      subscriber: { transport },
    },
  )
  vi.spyOn(console, 'error').mockReturnValue()
  await settled()
  await advance(1)
  expect(state()).toBe('failed')
  expect(said()).toBe('Failed: forbidden')
  expect(await violations(indicator())).toEqual([])
  refused = false
  await user.tab()
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Try now' }))
  await user.keyboard('{Enter}')
  expect(state()).toBe('connecting')
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Try now' }))
  expect(screen.getByRole('button').getAttribute('aria-disabled')).toBe('true')
  expect(await violations(indicator())).toEqual([])
  await settled()
  expect(state()).toBe('live')
  expect(said()).toBe('Connected')
})

it('takes other texts, another grace, and what a div takes', async () => {
  const texts = { reconnecting: 'Verbinde neu …', nextTry: (s: number) => `in ${s} Sek.`, retry: 'Jetzt' }
  await renderCut({ texts, graceMs: 0, className: 'mine', lang: 'de', style: { color: 'red' } })
  expect(indicator().textContent).toBe('Verbinde neu …in 1 Sek.Jetzt')
  expect(indicator().className).toBe('steadywire-connection mine')
  expect(indicator().lang).toBe('de')
  expect(indicator().style.color).toBe('red')
})

it('tells when the subscriber was closed', async () => {
  const { subscriber, advance } = await renderLive()
  await act(() => subscriber.close())
  await advance(300)
  expect(state()).toBe('closed')
  expect(said()).toBe('Disconnected')
  expect(screen.queryByRole('button')).toBeNull()
})
