import { createSubscriber, type Subscriber } from '@steadywire/core'
import { sse } from '@steadywire/sse'
import { createParser } from 'eventsource-parser'
import { topic } from './events.ts'

export type Seen = (event: { readonly seq: number; readonly data?: unknown }) => unknown

/** Ours: a subscriber over the SSE adapter that is live when this resolves. */
export async function followOurs(port: number, seen: Seen, from: 'start' | 'now' = 'now'): Promise<Subscriber> {
  const subscriber = createSubscriber({ transport: sse({ url: `http://127.0.0.1:${port}` }) })
  await subscriber.subscribe(topic, { from, event: seen, gap: breakOff, error: breakOff }).ready
  return subscriber
}

/** From "subscribe" to the last handler, ms. */
export async function replayOurs(port: number, events: number): Promise<number> {
  const { seen, done } = counting(events)
  const started = performance.now()
  const subscriber = await followOurs(port, seen, 'start')
  await done
  const took = performance.now() - started
  await subscriber.close()
  return took
}

/** What may not happen in a measure ends it, not only a handler. */
export function breakOff(what: unknown): void {
  queueMicrotask(() => {
    throw what instanceof Error ? what : new Error(JSON.stringify(what))
  })
}

/** By hand: fetch, the same parser, JSON.parse. Answers how to stop. */
export async function followRaw(port: number, seen: Seen): Promise<() => void> {
  const line = new AbortController()
  const response = await fetch(`http://127.0.0.1:${port}`, { signal: line.signal })
  const parser = createParser({ onEvent: ({ data }) => seen(JSON.parse(data)) })
  const decoder = new TextDecoder()
  const pump = async () => {
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }))
  }
  pump().catch(() => {})
  return () => line.abort()
}

/** Resolves with what `finish` gives when the `count`th event was seen. */
export function counting(count: number) {
  const done = Promise.withResolvers<void>()
  let left = count
  return {
    seen() {
      if (--left === 0) done.resolve()
    },
    done: done.promise,
  }
}
