import { createSubscriber, type WireEvent } from '@steadywire/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { sse } from '../src/index.ts'
import { drafts, setup } from './setup.ts'

const seqs = (events: readonly { readonly seq: number }[]) => events.map(({ seq }) => seq)

test('a subscriber replays what is there and follows what comes', async () => {
  const { url, log } = await setup()
  await log.append('job:1', drafts(5))
  const subscriber = createSubscriber({ transport: sse({ url }) })
  onTestFinished(() => subscriber.close())
  const events: WireEvent[] = []
  const subscription = subscriber.subscribe('job:1', {
    from: 'start',
    event: (event) => void events.push(event),
    gap: () => {},
  })
  await subscription.ready
  await log.append('job:1', drafts(3))
  await vi.waitFor(() => expect(seqs(events)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]))
})

test('many topics share one stream, opened by one request', async () => {
  const { url, log, requests, server } = await setup()
  const topics = Array.from({ length: 60 }, (_, index) => `job:${index}`)
  for (const topic of topics) await log.append(topic, drafts(2))
  const subscriber = createSubscriber({ transport: sse({ url }) })
  onTestFinished(() => subscriber.close())
  let count = 0
  const ready = topics.map(
    (topic) => subscriber.subscribe(topic, { from: 'start', event: () => void count++, gap: () => {} }).ready,
  )
  await Promise.all(ready)
  expect(requests).toEqual(['POST /stream'])
  for (const topic of topics) await log.append(topic, drafts(1))
  await vi.waitFor(() => expect(count).toBe(180))
  const sockets = await new Promise<number>((resolve) => server.getConnections((_, amount) => resolve(amount)))
  expect(sockets).toBe(1)
})
