import type { Clock } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { describe, expect, test } from 'vitest'
import { type SseOptions, sse } from '../src/index.ts'
import { frame, hello, script } from './script.ts'
import { open } from './setup.ts'

const url = 'https://example.test/events'
const beat = frame({ heads: {} })

const opened = async () => {
  const clock = createFakeClock()
  const source = script()
  source.say(hello(1000))
  const connection = await open({ url, open: source.open, clock })
  return { clock, ...source, ...connection }
}

/** A connection that does not open. */
const connecting = (options: Pick<SseOptions, 'open' | 'fetch'>) => {
  const clock = createFakeClock()
  const warnings: unknown[] = []
  const abort = new AbortController()
  const connection = sse({ url, clock, ...options }).connect({
    token: async () => undefined,
    heard() {},
    wanted: [],
    warn: (error) => void warnings.push(error),
    signal: abort.signal,
  })
  return {
    clock,
    warnings,
    async giveUp() {
      abort.abort()
      await expect(connection).rejects.toMatchObject({ kind: 'retry' })
      expect(clock.pending).toBe(0)
    },
  }
}

/** The stream is never answered; short requests are as `answer` says. */
const heldBack = (answer: () => Promise<Response>): typeof fetch => {
  return (address) => (String(address).endsWith('/stream') ? new Promise(() => {}) : answer())
}

describe('a proxy that buffers is noticed', () => {
  test('when the first frame does not follow the headers', async () => {
    const { clock, warnings, giveUp } = connecting(script())
    await clock.advance(2900)
    expect(warnings).toEqual([])
    await clock.advance(200)
    expect(warnings).toMatchObject([{ code: 'buffering_proxy', hint: expect.stringContaining('proxy_buffering off') }])
    await giveUp()
  })

  test('when even the headers do not come, though a short request is answered', async () => {
    const { clock, warnings, giveUp } = connecting({ fetch: heldBack(async () => Response.json({ heads: {} })) })
    await clock.advance(3900)
    expect(warnings).toEqual([])
    await clock.advance(200)
    expect(warnings).toMatchObject([{ code: 'buffering_proxy' }])
    await giveUp()
  })

  test('when heartbeats come late and several at once', async () => {
    const { clock, say, warnings } = await opened()
    await clock.advance(1900)
    say(beat + beat)
    await clock.settle()
    expect(warnings).toMatchObject([{ code: 'buffering_proxy' }])
  })
})

describe('no false alarm', () => {
  test('while the server answers nothing at all, or that it is down', async () => {
    for (const answer of [() => new Promise<Response>(() => {}), async () => new Response('', { status: 503 })]) {
      const { clock, warnings, giveUp } = connecting({ fetch: heldBack(answer) })
      await clock.advance(9000)
      expect(warnings).toEqual([])
      await giveUp()
    }
  })

  test('while heartbeats come in time', async () => {
    const { clock, say, warnings, connection } = await opened()
    for (let count = 0; count < 5; count++) {
      await clock.advance(1000)
      say(beat)
      await clock.settle()
    }
    expect(warnings).toEqual([])
    await connection.close()
    await clock.settle()
    expect(clock.pending).toBe(0)
  })

  test('for one late heartbeat, or for two that came in time', async () => {
    const { clock, say, warnings } = await opened()
    await clock.advance(1900)
    say(beat)
    await clock.settle()
    await clock.advance(500)
    say(beat + beat)
    await clock.settle()
    expect(warnings).toEqual([])
  })

  test('after the device slept, when its own timers are late too', async () => {
    const clock = createFakeClock()
    const asleep: Clock = { ...clock, now: clock.now, after: (ms, task) => clock.after(ms + 5000, task) }
    const { open: source, say } = script()
    say(hello(1000))
    const { warnings } = await open({ url, open: source, clock: asleep })
    await clock.advance(6500)
    say(beat + beat + beat)
    await clock.settle()
    expect(warnings).toEqual([])
  })
})
