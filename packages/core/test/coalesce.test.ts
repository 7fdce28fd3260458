import { type Change, coalesce } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { expect, it, vi } from 'vitest'

const event = (n: number, id: string | undefined = 'a') => ({
  type: 'job.updated',
  entity: { type: 'job', ...(id && { id }) },
  n,
})
type Event = ReturnType<typeof event>

function setup(options = {}) {
  const clock = createFakeClock()
  const flushes: (readonly Change<Event>[])[] = []
  const handle = coalesce<Event>({ clock, ...options }, (changes) => void flushes.push(changes))
  return { clock, flushes, handle }
}

it('makes one change of ten events of one entity, with the latest and the count', async () => {
  const { clock, flushes, handle } = setup()
  for (let n = 1; n <= 10; n++) handle(event(n))
  await clock.advance(499)
  expect(flushes).toEqual([])
  await clock.advance(1)
  expect(flushes).toEqual([[{ key: 'job:a', event: event(10), count: 10 }]])
  expect(clock.pending).toBe(0)
})

it('keeps entities apart; without an id it is all of them, without an entity the type', async () => {
  const { clock, flushes, handle } = setup()
  handle(event(1, 'a'))
  handle(event(2, 'b'))
  handle({ ...event(3), entity: { type: 'job' } })
  handle({ type: 'audit', n: 4 } as unknown as Event)
  await clock.advance(500)
  expect(flushes[0]?.map(({ key }) => key)).toEqual(['job:a', 'job:b', 'job:all', 'audit'])
})

it('waits longer while it is not quiet, but not for ever', async () => {
  const { clock, flushes, handle } = setup()
  for (let n = 0; n < 20; n++) {
    handle(event(n))
    await clock.advance(400)
    expect(flushes.length, `${n}`).toBe(n < 12 ? 0 : 1)
  }
})

it('flushes early when there are many entities', async () => {
  const { clock, flushes, handle } = setup({ maxEntities: 3 })
  for (const id of ['a', 'b', 'c']) handle(event(1, id))
  await clock.advance(0)
  expect(flushes[0]).toHaveLength(3)
})

it('does not overlap flushes', async () => {
  const clock = createFakeClock()
  const release: (() => void)[] = []
  const flush = vi.fn(() => new Promise<void>((resolve) => release.push(resolve)))
  const handle = coalesce<Event>({ clock }, flush)
  handle(event(1))
  await clock.advance(500)
  handle(event(2))
  await clock.advance(5000)
  expect(flush).toHaveBeenCalledTimes(1)
  release[0]?.()
  await clock.settle()
  expect(flush).toHaveBeenCalledTimes(2)
})

it('reports a flush that fails, and goes on', async () => {
  const clock = createFakeClock()
  const error = vi.fn()
  const flush = vi.fn().mockRejectedValueOnce(new Error('offline'))
  const handle = coalesce<Event>({ clock, error }, flush)
  handle(event(1))
  await clock.advance(500)
  expect(error).toHaveBeenCalledWith(expect.objectContaining({ code: 'handler_failed' }))
  handle(event(2))
  await handle.flush()
  expect(flush).toHaveBeenCalledTimes(2)
})

it('hands over what it gathered when it is closed so, and takes no more', async () => {
  const { clock, flushes, handle } = setup()
  handle(event(1))
  handle.close({ flush: true })
  handle(event(2))
  await clock.advance(10_000)
  expect(flushes).toEqual([[{ key: 'job:a', event: event(1), count: 1 }]])
})

it('forgets everything when it is closed', async () => {
  const { clock, flushes, handle } = setup()
  handle(event(1))
  handle.close()
  handle(event(2))
  await handle.flush()
  expect([flushes.length, clock.pending]).toEqual([0, 0])
})
