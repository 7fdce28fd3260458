import type { Clock } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { describe, expect, test } from 'vitest'
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

describe('a proxy that buffers is noticed', () => {
  test('when the first frame does not follow the headers', async () => {
    const clock = createFakeClock()
    const source = script()
    const warnings: unknown[] = []
    const { sse } = await import('../src/index.ts')
    const abort = new AbortController()
    const connecting = sse({ url, open: source.open, clock }).connect({
      token: async () => undefined,
      heard() {},
      wanted: [],
      warn: (error) => void warnings.push(error),
      signal: abort.signal,
    })
    await clock.advance(2900)
    expect(warnings).toEqual([])
    await clock.advance(200)
    expect(warnings).toMatchObject([{ code: 'buffering_proxy', hint: expect.stringContaining('proxy_buffering off') }])
    abort.abort()
    await expect(connecting).rejects.toMatchObject({ kind: 'retry' })
    expect(clock.pending).toBe(0)
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
