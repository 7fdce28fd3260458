import { describe, expect, it } from 'vitest'
import { createSubscriber, type Page, type SubscribeOptions } from '../src/index.ts'
import { createFakeClock } from '../src/testing/index.ts'
import { event, page, puppet } from './puppet.ts'

const topic = 'job:1'

function follow(wire: ReturnType<typeof puppet>, extra: Partial<SubscribeOptions> = {}) {
  const clock = createFakeClock()
  const told: (number | string)[] = []
  const subscriber = createSubscriber({ transport: wire.transport, clock, random: () => 0.5 })
  const subscription = subscriber.subscribe(topic, {
    from: 'start',
    event: ({ seq }) => void told.push(seq),
    gap: ({ reason, to }) => void told.push(`${reason}-${to.seq}`),
    error() {},
    ...extra,
  })
  return { clock, told, subscriber, subscription }
}

describe('a page that lies', () => {
  it('[D1][D3] out of order: its events are put in order', async () => {
    const wire = puppet()
    wire.attach = async () => page(3, 0, { events: [event(2), event(1), event(2), event(3)] })
    const { clock, told } = follow(wire)
    await clock.settle()
    expect(told).toEqual([1, 2, 3])
  })

  it('[D1c] through beyond the head: nothing is stepped over', async () => {
    const wire = puppet()
    wire.attach = async () => page(3, 0, { through: 10, throughMark: 'other' })
    const { clock, told } = follow(wire)
    await clock.settle()
    wire.sinks[0]?.events([event(4)])
    expect(told).toEqual([1, 2, 3, 4])
  })

  it('[D4a] oldest beyond the head: the gap ends at the head', async () => {
    const wire = puppet()
    wire.attach = async () => page(3, 3, { oldest: 10 })
    const { clock, told } = follow(wire)
    await clock.settle()
    wire.sinks[0]?.events([event(4)])
    expect(told).toEqual(['trimmed-3', 4])
  })

  it('[D1c] events beyond its own through are not taken from it', async () => {
    const wire = puppet(() => 3)
    wire.attach = async () => page(3, 0, { through: 1, throughMark: 'event-1' })
    const { clock, told } = follow(wire)
    await clock.settle()
    expect(told).toEqual([1, 2, 3])
  })

  it('[D8] without progress: it is asked again once a second, not in a loop', async () => {
    const wire = puppet()
    let reads = 0
    const stuck: Page = page(5, 5, { through: 0, throughMark: 'x' })
    wire.attach = async () => stuck
    wire.read = async () => {
      reads += 1
      return stuck
    }
    const { clock } = follow(wire)
    await clock.advance(5000)
    expect(reads).toBeLessThanOrEqual(7)
  })

  it('[D1i] a head that never existed is given up after a while', async () => {
    const wire = puppet(() => 3)
    const { clock, told, subscription } = follow(wire)
    await clock.settle()
    wire.sinks[0]?.head({ epoch: 'e', seq: Number.MAX_SAFE_INTEGER })
    await clock.advance(20_000)
    wire.sinks[0]?.events([event(4)])
    expect(told).toEqual([1, 2, 3, 4])
    expect(subscription.status).toBe('live')
  })
})

describe('a page without events', () => {
  it('[D4c] gives the cursor behind a trimmed gap its mark, so that a rewind shows', async () => {
    const wire = puppet()
    wire.attach = async () => page(3, 3, { oldest: 4 })
    const { clock, told, subscription } = follow(wire)
    await clock.settle()
    expect(told).toEqual(['trimmed-3'])
    expect(subscription.cursor).toBe('3~event-3~e')
  })
})

describe('bursts', () => {
  it('[D8a] 10,000 items in one batch with a buffer of 1 all come, in order', async () => {
    let head = 0
    const wire = puppet(() => head)
    wire.read = async ({ after, limit }) => {
      const from = after?.seq ?? 0
      const to = Math.min(head, from + limit)
      return page(head, head, {
        events: Array.from({ length: to - from }, (_, index) => event(from + index + 1)),
        through: to,
        throughMark: `event-${to}`.slice(-8),
      })
    }
    const { clock, told } = follow(wire, { buffer: 1 })
    await clock.settle()
    head = 10_000
    wire.sinks[0]?.events(Array.from({ length: head }, (_, index) => event(index + 1)))
    await clock.settle()
    expect(told.length).toBe(10_000)
    expect(told.every((seq, index) => seq === index + 1)).toBe(true)
  })

  it('[D1] the newest n come with a buffer below n, hidden events not counted', async () => {
    const wire = puppet(() => 100)
    const visible = (seq: number) => seq % 10 === 0
    wire.read = async ({ after, before = 101, last, limit }) => {
      const all = page(100, after?.seq ?? 0).events.filter(({ seq }) => seq < before && visible(seq))
      const events = last ? all.slice(-limit) : all.slice(0, limit)
      const through = last || events.length === all.length ? before - 1 : (events.at(-1)?.seq ?? 0)
      return page(100, 100, { events, through, throughMark: `event-${through}`.slice(-8) })
    }
    const { clock, told, subscription } = follow(wire, { from: { last: 7 }, buffer: 2 })
    await clock.settle()
    expect(told).toEqual([40, 50, 60, 70, 80, 90, 100])
    expect(subscription.status).toBe('live')
  })

  it('[D1] the newest n come, also if the wire breaks before they were read', async () => {
    const wire = puppet(() => 5)
    let reads = 0
    wire.read = ({ last, limit, after }) => {
      reads += 1
      if (reads === 1) return new Promise(() => wire.cut())
      return Promise.resolve(last ? page(5, 5 - limit) : page(5, after?.seq))
    }
    const { clock, told } = follow(wire, { from: { last: 3 } })
    await clock.advance(5000)
    expect(told).toEqual([3, 4, 5])
  })
})
