import { createEmitter, createSubscriber } from '@steadywire/core'
import { expect, it, onTestFinished } from 'vitest'
import { socketio } from '../src/index.ts'
import { drafts, open, setup, sink } from './setup.ts'

it.each(['websocket', 'polling'])(
  '[D7a] an append that is larger than the server takes is refused, and the line over %s lives on',
  async (transport) => {
    const { url, log } = await setup({ io: { maxHttpBufferSize: 50_000 } })
    const subscriber = createSubscriber({ transport: socketio({ url, transports: [transport] }) })
    const emitter = createEmitter({ to: subscriber })
    onTestFinished(async () => {
      await emitter.close()
      await subscriber.close()
    })
    const event = (size: number) => ({ topic: 'job:1', type: 'x', data: 'ü'.repeat(size) })
    const all = emitter.emitAll(Array.from({ length: 10 }, () => event(5000)))
    await expect(all).rejects.toMatchObject({ code: 'too_large', hint: expect.stringContaining('maxHttpBufferSize') })
    await expect(emitter.emit('job:1', 'x', 'x'.repeat(60_000))).rejects.toMatchObject({ code: 'too_large' })
    // In batches that are too large, and are split.
    await Promise.all(Array.from({ length: 20 }, () => emitter.emit('job:1', 'x', 'ü'.repeat(12_000))))
    await emitter.emit('job:1', 'x', 'x'.repeat(49_000))
    expect((await log.read('job:1', { limit: 1 })).head).toBe(21)
    expect(subscriber.stats().connections).toBe(1)
  },
)

it('[D8] a replay comes in small pages, each of which says where it ends; the newest come as they were asked for', async () => {
  const { url, log } = await setup()
  await log.append('job:1', drafts(700))
  const { connection } = await open({ url })
  const { signal } = new AbortController()
  const first = await connection.attach('job:1', { seq: 0 }, sink(), signal)
  const { epoch, head, through, throughMark } = first
  expect([first.events.length, head, through, throughMark]).toEqual([256, 700, 256, first.events.at(-1)?.id.slice(-8)])
  const after = { seq: through, ...(epoch && { epoch }), ...(throughMark && { mark: throughMark }) }
  const second = await connection.read('job:1', { after, limit: 1000 }, signal)
  expect([second.events[0]?.seq, second.events.at(-1)?.seq, second.through]).toEqual([257, 512, 512])
  const newest = await connection.read('job:1', { last: true, limit: 600 }, signal)
  expect([newest.events[0]?.seq, newest.events.at(-1)?.seq, newest.through]).toEqual([101, 700, 700])
})
