// Every state of the components, each over a wire of its own; run in a real browser.
import { createSubscriber, wireError } from '@steadywire/core'
import { createTestWire, type TestWire } from '@steadywire/core/testing'
import { SteadywireProvider, useEvents } from '@steadywire/react'
import { ConnectionIndicator, EventList, StatusBar } from '@steadywire/react/components'
import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import { job, topic } from '../family.ts'

type Setup = (wire: TestWire) => unknown

const other = job({ jobId: '8' })

const states: Readonly<Record<string, Setup>> = {
  live: (wire) => wire.settled(),
  connecting: (wire) => wire.stall(),
  async waiting(wire) {
    await wire.settled()
    await wire.clock.advance(6000)
    wire.cut()
  },
  async offline(wire) {
    await wire.settled()
    wire.offline()
  },
  async paused(wire) {
    await wire.settled()
    wire.background()
  },
  failed: (wire) => wire.clock.advance(100),
  async refused(wire) {
    wire.forbid(other)
    await wire.settled()
  },
}

function refusing({ transport }: TestWire): TestWire['transport'] {
  const error = wireError('refused', 'forbidden', 'The server lets nobody in', { hint: 'Sign in again.' })
  return { ...transport, connect: () => Promise.reject(error) }
}

function State({ name }: { readonly name: string }) {
  const jobs = useEvents(topic)
  const chat = useEvents(other)
  return (
    <section data-name={name}>
      <h2>{name}</h2>
      <ConnectionIndicator graceMs={0} />
      <StatusBar graceMs={0} followed={{ 'Job 7': jobs, 'Job 8': chat }} />
    </section>
  )
}

function Log() {
  const { events, gaps } = useEvents(topic, { from: 'start', limit: 5000 })
  const [older, setOlder] = useState<typeof events>([])
  const [asked, setAsked] = useState(0)
  app.prepend = (count) => {
    const first = older[0] ?? events[0]
    if (!first) return
    const seqs = Array.from({ length: count }, (_, index) => index - count)
    setOlder([...seqs.map((by) => ({ ...first, id: `older ${asked} ${by}`, seq: first.seq + by })), ...older])
  }
  return (
    <section data-name="list" data-asked={asked}>
      <h2>list</h2>
      <EventList
        events={[...older, ...events]}
        gaps={gaps}
        onReachStart={() => setAsked((count) => count + 1)}
        style={{ blockSize: 300 }}
        renderEvent={(event) => (
          <>
            <b>{event.seq}</b> {event.type === 'job.log' ? event.data.line : `${event.data.percent} %`}
          </>
        )}
      />
    </section>
  )
}

const wires: Record<string, TestWire> = {}

const app = {
  wires,
  prepend: (_count: number): void => {},
  line(count = 1): void {
    const { list } = wires
    if (!list) return
    for (let index = 0; index < count; index += 1) {
      const words = 'so it goes on '.repeat((index % 7) * 2)
      list.emit(topic, 'job.log', { line: `line ${words}` })
    }
  },
}

export type App = typeof app

function mount(name: string, setup: Setup, element: React.ReactNode): void {
  const wire = createTestWire()
  wires[name] = wire
  const place = document.body.appendChild(document.createElement('div'))
  const transport = name === 'failed' ? refusing(wire) : wire.transport
  const subscriber = createSubscriber({ ...wire.options, transport })
  subscriber.on('error', () => {})
  createRoot(place).render(<SteadywireProvider subscriber={subscriber}>{element}</SteadywireProvider>)
  const whenFollowed = (): unknown =>
    subscriber.stats().subscriptions > 0 ? setup(wire) : setTimeout(whenFollowed, 10)
  whenFollowed()
}

for (const [name, setup] of Object.entries(states)) mount(name, setup, <State name={name} />)
mount('list', (wire) => wire.settled(), <Log />)
Object.assign(globalThis, { app })
