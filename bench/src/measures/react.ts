import { SteadywireProvider, useEvents } from '@steadywire/react'
import { EventEmitter } from 'eventemitter3'
import { createElement, type ReactElement, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { eventOf, topic } from '../events.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { element, nextFrame } from '../page.ts'
import { bareSubscriber } from '../pipeline.ts'
import { heapInUse } from '../process.ts'
import { compare, compareSeveral } from '../rounds.ts'

const limit = 100
const burst = 10_000
/** So many events come in one message of a socket. */
const perMessage = 20
const components = 1000

type Shown = { readonly seq: number }

/** A wire that gives texts, and what follows it in a component. */
interface Side {
  say(topic: string, texts: readonly string[]): void
  provide(children: ReactElement): ReactElement
  useList(topic: string): readonly Shown[]
  close(): Promise<void>
}

export const measure: Measure = async (quick) => {
  const rounds = roundsFor(quick)
  const [cost, renders] = await compareSeveral(
    rounds,
    () => follow(byHand()),
    () => follow(ours()),
  )
  const memory = await compare(
    rounds,
    () => mount(byHand()),
    () => mount(ours()),
  )
  return { 'react.event': cost ?? memory, 'react.renders': renders ?? memory, 'react.memory': memory }
}

function ours(): Side {
  const { subscriber, sinks } = bareSubscriber()
  return {
    say(_, texts) {
      const items = texts.map((text) => JSON.parse(text))
      for (const sink of sinks) sink.events(items)
    },
    provide: (children) => createElement(SteadywireProvider, { subscriber }, children),
    useList: (name) => useEvents(name, { limit, from: 'start' }).events,
    close: () => subscriber.close(),
  }
}

/** The hook that everybody writes first: a listener, a list, the newest hundred. */
function byHand(): Side {
  const source = new EventEmitter<Record<string, [string]>>()
  return {
    say(name, texts) {
      for (const text of texts) source.emit(name, text)
    },
    provide: (children) => children,
    useList(name) {
      const [list, setList] = useState<readonly Shown[]>([])
      // biome-ignore lint/correctness/useExhaustiveDependencies: there is one source
      useEffect(() => {
        const heard = (text: string) => setList((before) => [...before, JSON.parse(text)].slice(-limit))
        source.on(name, heard)
        return () => void source.off(name, heard)
      }, [name])
      return list
    },
    async close() {
      source.removeAllListeners()
    },
  }
}

/** Answers µs of CPU for each event, from its text to the page, and how often the list was rendered. */
async function follow(side: Side): Promise<readonly number[]> {
  let renders = 0
  let last = 0
  function List(): ReactElement {
    const list = side.useList(topic)
    renders++
    last = list.at(-1)?.seq ?? 0
    return createElement('ol', undefined, ...list.slice(-20).map(({ seq }) => createElement('li', { key: seq }, seq)))
  }
  const root = createRoot(element())
  root.render(side.provide(createElement(List)))
  await nextFrame()
  await nextFrame()
  const messages = Array.from({ length: burst / perMessage }, (_, message) =>
    Array.from({ length: perMessage }, (_, index) => JSON.stringify(eventOf(message * perMessage + index + 1))),
  )
  renders = 0
  const started = process.cpuUsage()
  for (const texts of messages) {
    side.say(topic, texts)
    await new Promise((resolve) => setImmediate(resolve))
  }
  while (last < burst) await nextFrame()
  const { user, system } = process.cpuUsage(started)
  root.unmount()
  await side.close()
  return [(user + system) / burst, renders]
}

/** Answers bytes for each of a thousand components that follow a topic of their own. */
async function mount(side: Side): Promise<number> {
  function One({ name }: { readonly name: string }): ReactElement {
    return createElement('i', undefined, side.useList(name).length)
  }
  const names = Array.from({ length: components }, (_, index) => `session:${index}`)
  const root = createRoot(element())
  root.render(side.provide(createElement('p')))
  await nextFrame()
  const before = await heapInUse()
  root.render(
    side.provide(createElement('p', undefined, ...names.map((name) => createElement(One, { key: name, name })))),
  )
  await nextFrame()
  const after = await heapInUse()
  root.unmount()
  await side.close()
  // What lingers for a second would be counted against the other side.
  await new Promise((resolve) => setTimeout(resolve, 1200))
  return (after - before) / components
}
