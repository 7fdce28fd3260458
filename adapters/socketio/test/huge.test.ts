import { createEmitter, createSubscriber } from '@steadywire/core'
import { expect, it, onTestFinished } from 'vitest'
import { socketio } from '../src/index.ts'
import { setup } from './setup.ts'

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
