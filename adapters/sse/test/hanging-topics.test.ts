import { createSubscriber } from '@steadywire/core'
import { type EventLog, memoryLog } from '@steadywire/server'
import { expect, it, vi } from 'vitest'
import { sse } from '../src/index.ts'
import { draft, setup } from './setup.ts'

it('[D7] topics whose log hangs do not keep the other topics of their client waiting', async () => {
  const memory = memoryLog()
  const log: EventLog = {
    keyWindowMs: memory.keyWindowMs,
    append: (...args) => memory.append(...args),
    tail: (...args) => memory.tail(...args),
    read: (topic, range) => (topic.startsWith('hung') ? new Promise(() => {}) : memory.read(topic, range)),
  }
  const { url } = await setup({ log })
  await memory.append('good:1', [draft()])
  const subscriber = createSubscriber({ transport: sse({ url }) })
  const follow = (topic: string) => subscriber.subscribe(topic, { from: 'start', event() {}, gap() {} })
  const hung = Array.from({ length: 12 }, (_, index) => follow(`hung:${index}`))
  const good = follow('good:1')
  await vi.waitFor(() => expect(good.status).toBe('live'), 4000)
  expect(hung.map(({ status }) => status)).not.toContain('live')
  await subscriber.close()
})
