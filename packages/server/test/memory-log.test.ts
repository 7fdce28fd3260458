import { type Draft, decodeCursor, defineTopic, type WireEvent } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { type MemoryLogOptions, maxBatch, memoryLog } from '../src/index.ts'

const draft = (id: string, more: Partial<Draft> = {}): Draft => ({ id, type: 'said', data: { id }, ...more })

function setup(options: MemoryLogOptions = {}) {
  const clock = createFakeClock()
  let epochs = 0
  const log = memoryLog({ clock, id: () => `epoch-${++epochs}`, ...options })
  const fill = async (topic: string, ids: string) => {
    for (const id of ids) await log.append(topic, [draft(id)])
  }
  const ids = async (topic: string, after?: number) =>
    (await log.read(topic, { limit: 100, ...(after !== undefined && { after: { seq: after } }) })).events
      .map((event) => event.id)
      .join('')
  return { clock, log, fill, ids }
}

test('a topic is unborn until its first append, which names its epoch', async () => {
  const { log, fill } = setup()
  expect(await log.read('t', { limit: 1 })).toEqual({ oldest: 1, head: 0, through: 0, events: [] })
  expect(await log.append('t', [])).toEqual([])
  expect((await log.read('t', { limit: 1 })).epoch).toBeUndefined()
  await fill('t', 'a')
  await fill('u', 'a')
  expect((await log.read('t', { limit: 1 })).epoch).toBe('epoch-1')
  expect((await log.read('u', { limit: 1 })).epoch).toBe('epoch-2')
})

test('an append numbers and stamps, and a page shows what it wrote', async () => {
  const { log, clock } = setup()
  const [first, second] = await log.append('t', [
    draft('first-event'),
    draft('second-event', { key: 'k', actor: 'me' }),
  ])
  expect(first).toEqual({ position: { epoch: 'epoch-1', seq: 1, mark: 'st-event' }, duplicate: false })
  expect(second?.position.seq).toBe(2)
  const page = await log.read('t', { limit: 10 })
  expect(page).toMatchObject({ oldest: 1, head: 2, mark: 'nd-event', through: 2, throughMark: 'nd-event' })
  expect(page.events[1]).toEqual({
    id: 'second-event',
    topic: 't',
    seq: 2,
    epoch: 'epoch-1',
    type: 'said',
    time: clock.wall(),
    data: { id: 'second-event' },
    key: 'k',
    actor: 'me',
  })
})

test('[E2] a repeated id or key is answered with the first position and burns no number, also within a batch', async () => {
  const { log, ids } = setup()
  const [first] = await log.append('t', [draft('a', { key: 'k' })])
  const again = await log.append('t', [
    draft('a'),
    draft('b', { key: 'k' }),
    draft('c'),
    draft('c'),
    draft('d', { key: 'k2' }),
    draft('e', { key: 'k2' }),
  ])
  expect(again.map(({ position, duplicate }) => [position.seq, duplicate])).toEqual([
    [1, true],
    [1, true],
    [2, false],
    [2, true],
    [3, false],
    [3, true],
  ])
  expect(again[1]?.position).toEqual(first?.position)
  expect(await ids('t')).toBe('acd')
})

test('[E2] ids and keys of one producer mean nothing to another', async () => {
  const { log, ids } = setup()
  await log.append('t', [draft('a', { key: 'k' })], { scope: 'mallory' })
  const [own] = await log.append('t', [draft('a', { key: 'k' })])
  expect(own?.duplicate).toBe(false)
  expect(await ids('t')).toBe('aa')
})

test('[E2] log/key-outlives-trim: what retention removed is still known, until the window is over', async () => {
  const { log, clock, ids } = setup({ retention: { maxEvents: 1 }, keyWindowMs: 1000 })
  await log.append('t', [draft('a', { key: 'k' })])
  await log.append('t', [draft('b')])
  await clock.advance(1000)
  expect((await log.append('t', [draft('c', { key: 'k' })]))[0]).toMatchObject({
    duplicate: true,
    position: { seq: 1 },
  })
  await clock.advance(1)
  expect((await log.append('t', [draft('c', { key: 'k' })]))[0]?.duplicate).toBe(false)
  expect(await ids('t')).toBe('c')
})

test('above maxRemembered the oldest ids are forgotten early', async () => {
  const { log, fill } = setup({ maxRemembered: 2 })
  await fill('t', 'abc')
  await fill('t', 'd')
  const answers = await log.append('t', [draft('d'), draft('b')])
  expect(answers.map(({ duplicate }) => duplicate)).toEqual([true, false])
})

test('[D9] a final event seals the topic: only repeats are answered, also after it was trimmed', async () => {
  const { log, clock } = setup({ retention: { maxAgeMs: 100 } })
  await log.append('t', [draft('a'), draft('z', { final: true })])
  await clock.advance(100)
  expect(await log.read('t', { limit: 1 })).toMatchObject({ sealed: true, oldest: 3, head: 2, events: [], mark: 'z' })
  await expect(log.append('t', [draft('b')])).rejects.toMatchObject({ code: 'sealed', kind: 'refused' })
  expect((await log.append('t', [draft('z')]))[0]).toMatchObject({ duplicate: true, position: { seq: 2 } })
})

test('nothing can follow a final event within its batch, and the batch fails whole', async () => {
  const { log } = setup()
  await expect(log.append('t', [draft('a', { final: true }), draft('b')])).rejects.toMatchObject({ code: 'sealed' })
  expect((await log.read('t', { limit: 1 })).head).toBe(0)
})

test.each<[string, unknown]>([
  ['id', { ...draft('a'), id: 'with blank' }],
  ['type', { ...draft('a'), type: '' }],
  ['data', { id: 'a', type: 'x' }],
  ['data', { id: 'a', type: 'x', data: 1n }],
  ['data', { id: 'a', type: 'x', data: {}, truncated: true }],
  ['key', { ...draft('a'), key: '' }],
  ['entity', { ...draft('a'), entity: 'job' }],
  ['entity.id', { ...draft('a'), entity: { type: 'job', id: 7 } }],
  ['actor', { ...draft('a'), actor: 'x'.repeat(257) }],
  ['final', { ...draft('a'), final: 1 }],
  ['it', null],
])('log/batch-fails-whole: a draft with a bad %s refuses the whole batch and names the field', async (field, bad) => {
  const { log } = setup()
  const failing = log.append('t', [draft('good'), bad as Draft])
  await expect(failing).rejects.toMatchObject({
    code: 'invalid_draft',
    kind: 'refused',
    message: expect.stringContaining(field),
  })
  expect((await log.read('t', { limit: 1 })).head).toBe(0)
})

test('data that is nested without end is refused, not thrown at the caller', async () => {
  const { log } = setup()
  const levels = (count: number) => JSON.parse('['.repeat(count) + ']'.repeat(count))
  await log.append('t', [draft('b', { data: levels(100) })])
  await expect(log.append('t', [draft('c', { data: levels(101) })])).rejects.toMatchObject({ code: 'invalid_draft' })
  let deep: unknown = 1
  for (let level = 0; level < 200_000; level++) deep = [deep]
  await expect(log.append('t', [draft('a', { data: deep })])).rejects.toMatchObject({ code: 'invalid_draft' })
})

test('more than the greatest batch, a bad topic and a bad range are refused', async () => {
  const { log } = setup()
  const many = Array.from({ length: maxBatch + 1 }, (_, index) => draft(`d${index}`))
  await expect(log.append('t', many)).rejects.toMatchObject({ code: 'limit_reached' })
  await expect(log.append('a b', [draft('a')])).rejects.toMatchObject({ code: 'invalid_topic', kind: 'refused' })
  await expect(log.read('t', { limit: 1.5 })).rejects.toMatchObject({ code: 'invalid_option' })
  expect(() => memoryLog({ keyWindowMs: -1 })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
})

test('maxTopics bounds the number of topics, not their appends', async () => {
  const { log, fill } = setup({ maxTopics: 1 })
  await fill('t', 'a')
  await expect(log.append('u', [draft('a')])).rejects.toMatchObject({ code: 'limit_reached' })
  await fill('t', 'b')
})

test('the log shares nothing with its callers', async () => {
  const { log } = setup()
  const data = { list: [1] }
  await log.append('t', [draft('a', { data })])
  data.list.push(2)
  const { events } = await log.read('t', { limit: 1 })
  expect(events[0]?.data).toEqual({ list: [1] })
  const shown = events[0]?.data as typeof data
  expect(() => shown.list.push(3)).toThrow(TypeError)
})

test('[D4] log/retention-prefix-only: retention by count moves oldest, and keeps the mark before it', async () => {
  const { log, fill } = setup({ retention: { maxEvents: 2 } })
  await fill('t', 'abcde')
  const page = await log.read('t', { limit: 10, after: { epoch: 'epoch-1', seq: 1 } })
  expect(page).toMatchObject({ oldest: 4, head: 5, through: 5 })
  expect(page.events.map((event) => event.seq)).toEqual([4, 5])
  expect(await log.read('t', { limit: 1, after: { epoch: 'epoch-1', seq: 3, mark: 'x' } })).toMatchObject({
    rewound: true,
  })
  expect((await log.read('t', { limit: 1, after: { epoch: 'epoch-1', seq: 3, mark: 'c' } })).rewound).toBeUndefined()
})

test('retention by age shows nothing that should be gone, in any read and without an append', async () => {
  const { log, clock, fill, ids } = setup({ retention: { maxAgeMs: 1000 } })
  await fill('t', 'a')
  await clock.advance(500)
  await fill('t', 'b')
  await clock.advance(499)
  expect(await ids('t')).toBe('ab')
  await clock.advance(1)
  expect(await ids('t')).toBe('b')
  await clock.advance(500)
  expect(await log.read('t', { limit: 1 })).toMatchObject({
    oldest: 3,
    head: 2,
    through: 2,
    throughMark: 'b',
    events: [],
  })
})

test('a family brings its own retention', async () => {
  const job = defineTopic('job:{id}', { done: z.object({}) }, { retention: { maxEvents: 1 } })
  const { fill, ids } = setup({ topics: [job] })
  await fill('job:1', 'abc')
  await fill('other', 'abc')
  expect([await ids('job:1'), await ids('other')]).toEqual(['c', 'abc'])
})

test('a page ends at its limit and says through where it is complete', async () => {
  const { log, fill } = setup()
  await fill('t', 'abcde')
  const read = (range: object) => log.read('t', { limit: 2, ...range })
  const shown = async (range: object) => {
    const { events, through, throughMark } = await read(range)
    return [events.map((event: WireEvent) => event.id).join(''), through, throughMark]
  }
  expect(await shown({})).toEqual(['ab', 2, 'b'])
  expect(await shown({ after: { seq: 3 } })).toEqual(['de', 5, 'e'])
  expect(await shown({ after: { epoch: 'epoch-1', seq: 5, mark: 'e' } })).toEqual(['', 5, 'e'])
  expect(await shown({ last: true })).toEqual(['de', 5, 'e'])
  expect(await shown({ last: true, before: 4 })).toEqual(['bc', 3, 'c'])
  expect(await shown({ before: 2 })).toEqual(['a', 1, 'a'])
})

test('[D4] a position of another epoch gives no events and the own epoch; one ahead of the head gives the head', async () => {
  const { log, fill } = setup()
  await fill('t', 'ab')
  const foreign = await log.read('t', { limit: 9, after: { epoch: 'elsewhere', seq: 1 } })
  expect(foreign).toMatchObject({ epoch: 'epoch-1', head: 2, events: [] })
  const ahead = await log.read('t', { limit: 9, after: { epoch: 'epoch-1', seq: 7, mark: 'g' } })
  expect(ahead).toMatchObject({ head: 2, mark: 'b', events: [] })
})

test('[D4] log/rewind-same-epoch: a log taken back in time tells by its marks', async () => {
  const { log, fill, clock } = setup()
  await fill('t', 'ab')
  const backup = log.dump()
  await fill('t', 'c')
  const { epoch, head, mark } = await log.read('t', { limit: 1, last: true })
  const restored = memoryLog({ clock, from: JSON.parse(JSON.stringify(backup)) })
  await restored.append('t', [draft('x')])
  expect(
    await restored.read('t', { limit: 9, after: { epoch: epoch as string, seq: head, mark: mark as string } }),
  ).toMatchObject({
    epoch,
    rewound: true,
    events: [],
  })
  const [repeat] = await restored.append('t', [draft('a')])
  expect(repeat).toMatchObject({ duplicate: true, position: { seq: 1 } })
})

test('erasing leaves a hole that every page steps over, and keeps the marks', async () => {
  const { log, fill, ids } = setup()
  await fill('t', 'abcd')
  expect([await log.erase('t', 4), await log.erase('t', 4), await log.erase('u', 1)]).toEqual([true, false, false])
  await log.erase('t', 2)
  expect(await ids('t')).toBe('ac')
  expect(await log.read('t', { limit: 2 })).toMatchObject({ head: 4, mark: 'd', through: 4, throughMark: 'd' })
  expect((await log.read('t', { limit: 2, last: true })).events.map((event) => event.id)).toEqual(['a', 'c'])
  expect((await log.append('t', [draft('b')]))[0]).toMatchObject({ duplicate: true, position: { seq: 2 } })
})

test('a tail is woken in order outside the stack of the append, once for all appends of a turn', async () => {
  const { log, clock } = setup()
  const wakes: string[] = []
  const stop = await log.tail('t', {
    wake: (events) => wakes.push(events.map((event) => event.id).join('')),
    lost: () => {},
  })
  void log.append('t', [draft('a'), draft('b')])
  void log.append('t', [draft('b'), draft('c')])
  expect(wakes).toEqual([])
  await clock.settle()
  expect(wakes).toEqual(['abc'])
  void log.append('t', [draft('d')])
  await stop()
  await clock.settle()
  expect(wakes).toEqual(['abc'])
})

test('[D7] a tail that throws is lost alone', async () => {
  const { log, clock, fill } = setup()
  const lost: unknown[] = []
  const seen: string[] = []
  await log.tail('t', {
    wake: () => {
      throw new Error('broken')
    },
    lost: (error) => lost.push(error),
  })
  await log.tail('t', { wake: (events) => seen.push(...events.map((event) => event.id)), lost: () => {} })
  await fill('t', 'ab')
  await clock.settle()
  expect(seen).toEqual(['a', 'b'])
  expect(lost).toHaveLength(1)
})

test('the cursor of a topic is its head', async () => {
  const { log, fill } = setup()
  expect(decodeCursor(await log.cursor('t'))).toEqual({ seq: 0 })
  await fill('t', 'ab')
  expect(decodeCursor(await log.cursor('t'))).toEqual({ epoch: 'epoch-1', seq: 2, mark: 'b' })
})

test('topics that nobody touches are trimmed by the appends of others', async () => {
  const { log, clock, fill } = setup({ retention: { maxAgeMs: 10 } })
  await fill('quiet', 'abc')
  await clock.advance(10)
  await fill('busy', 'abc')
  const quiet = log.dump().topics.find((topic) => topic.topic === 'quiet')
  expect(quiet).toMatchObject({ oldest: 4, slots: [] })
})
