import { type Draft, defineTopic, wireError } from '@steadywire/core'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { createGateway, memoryLog } from '../src/index.ts'
import { draft, setup } from './setup.ts'

const chat = defineTopic('chat:{id}', { said: z.object({ id: z.string() }) }, { maxBytes: 100 })
const named = (token?: string) => ({ ...(token !== undefined && { subject: token }), may: () => true })

test('a connection follows so many topics; detaching makes room', async () => {
  const { open } = setup({ limits: { topicsPerConnection: 1 } })
  const { session } = await open()
  await session.attach('t', undefined)
  await expect(session.attach('u', undefined)).rejects.toMatchObject({
    code: 'limit_reached',
    kind: 'refused',
    hint: expect.any(String),
  })
  await expect(session.heads(['t', 'u'])).rejects.toMatchObject({ code: 'limit_reached' })
  session.detach('t')
  await session.attach('u', undefined)
})

test('a subject has so many connections, an origin too; others are not counted with it', async () => {
  const { open, gateway, records } = setup({
    limits: { connectionsPerSubject: 1 },
    authorise: ({ token }) => named(token),
  })
  const { session } = await open('ann')
  await expect(open('ann')).rejects.toMatchObject({
    code: 'limit_reached',
    kind: 'retry',
    retryAfterMs: expect.any(Number),
  })
  await open('bob')
  await open(undefined, '10.0.0.1')
  await expect(open(undefined, '10.0.0.1')).rejects.toMatchObject({ code: 'limit_reached' })
  await open()
  await open()
  session.close()
  session.close()
  await open('ann')
  expect(gateway.stats()).toMatchObject({ rejected: 2, sessions: 5 })
  expect(records.filter((record) => record.kind === 'rejected')).toHaveLength(2)
})

test('appends are limited per subject by a bucket that refills', async () => {
  const { open, clock } = setup({
    limits: { appendsPerSecond: 10, appendBurst: 2 },
    authorise: ({ token }) => named(token),
  })
  const [ann, bob] = [await open('ann'), await open('bob')]
  await ann.session.append('t', [draft('a'), draft('b')])
  await expect(ann.session.append('t', [draft('c')])).rejects.toMatchObject({
    code: 'rate_limited',
    kind: 'retry',
    retryAfterMs: 100,
  })
  await bob.session.append('t', [draft('c')])
  await clock.advance(100)
  await ann.session.append('t', [draft('c')])
  await expect(ann.session.append('t', [draft('d'), draft('e'), draft('f')])).rejects.toMatchObject({
    code: 'limit_reached',
    kind: 'refused',
  })
})

test('a page has so many events, whatever is asked for', async () => {
  const { open, fill } = setup({ limits: { page: 2 } })
  await fill('t', 'abc')
  const { session } = await open()
  expect(await session.read('t', { limit: 100 })).toMatchObject({ through: 2 })
  expect(await session.attach('t', { seq: 0 })).toMatchObject({ through: 2, head: 3 })
})

test('a page has so many bytes, but at least one event', async () => {
  const { open, memory } = setup({ limits: { pageBytes: 1000 } })
  for (const id of 'abc') await memory.append('t', [draft(id, { data: id.repeat(450) })])
  await memory.append('t', [draft('d', { data: 'd'.repeat(5000) })])
  const { session } = await open()
  const shown = async (after: number, last = false) => {
    const page = await session.read('t', {
      limit: 9,
      ...(last ? { last } : { after: { epoch: 'epoch-1', seq: after } }),
    })
    return [page.events.map((event) => event.id).join(''), page.through, page.throughMark]
  }
  expect(await shown(0)).toEqual(['a', 1, 'a'])
  expect(await shown(3)).toEqual(['d', 4, 'd'])
  expect(await shown(0, true)).toEqual(['d', 4, 'd'])
})

test.each<[string, string, unknown]>([
  ['a topic of no family', 'invalid_topic', { topic: 'other', drafts: [draft('a')] }],
  ['an unknown type', 'invalid_type', { topic: 'chat:1', drafts: [draft('a', { type: 'constructor' })] }],
  [
    'data that does not fit, naming the path',
    'invalid_data',
    { topic: 'chat:1', drafts: [draft('a', { data: { id: 7 } })] },
  ],
  [
    'data over the family’s cap',
    'too_large',
    { topic: 'chat:1', drafts: [draft('a', { data: { id: 'é'.repeat(50) } })] },
  ],
  [
    'a truncated event where none may be',
    'invalid_draft',
    { topic: 'chat:1', drafts: [{ id: 'a', type: 'said', truncated: true }] },
  ],
  ['no draft at all', 'invalid_draft', { topic: 'chat:1', drafts: ['hello'] }],
  ['too many drafts', 'limit_reached', { topic: 'chat:1', drafts: Array(3).fill(draft('a')) }],
])('[E4] a client’s append is refused for %s', async (_what, code, input) => {
  const { open, memory } = setup({ topics: [chat], limits: { draftsPerAppend: 2 } })
  const { session } = await open()
  const { topic, drafts } = input as { topic: string; drafts: Draft[] }
  const failing = session.append(topic, drafts)
  await expect(failing).rejects.toMatchObject({ kind: 'refused', code, hint: expect.any(String) })
  if (code === 'invalid_data') await expect(failing).rejects.toThrow(/id/)
  expect((await memory.read(topic, { limit: 1 })).head).toBe(0)
})

test('[E4] what fits its family is appended as it was sent', async () => {
  const { open, gateway } = setup({ topics: [chat] })
  const { session } = await open()
  await session.append('chat:1', [draft('a')])
  const { events } = await session.read('chat:1', { limit: 1 })
  expect(events[0]?.data).toEqual({ id: 'a' })
  expect(gateway.stats()).toMatchObject({ appended: 1, pages: 1, replayed: 1 })
})

test('what a peer sends is parsed: topics, positions, ranges', async () => {
  const { open } = setup()
  const { session } = await open()
  await expect(session.attach('a b', undefined)).rejects.toMatchObject({ code: 'invalid_topic' })
  await expect(session.attach('t', { seq: -1 })).rejects.toMatchObject({ code: 'invalid_cursor' })
  await expect(session.attach('t', { seq: 3 })).rejects.toMatchObject({ code: 'invalid_cursor' })
  await expect(session.attach('t', { seq: 3, epoch: "'; drop" })).rejects.toMatchObject({ code: 'invalid_cursor' })
  await expect(session.read('t', { limit: 0 })).rejects.toMatchObject({ code: 'invalid_option' })
})

test('bad limits and rhythms are refused where they are given', () => {
  const make = (options: object) => () => createGateway({ log: memoryLog(), authorise: 'anyone', ...options })
  expect(make({ limits: { page: 0 } })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  expect(make({ heartbeatMs: 0 })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
})

test('a command is validated, authorised and answered; the client learns of a failure only what it should', async () => {
  const { open, gateway, records } = setup({
    authorise: ({ token }) => ({
      ...named(token),
      may: (action, target) => action !== 'command' || target !== 'admin',
    }),
  })
  const { SteadywireError } = await import('@steadywire/core')
  gateway.command('double', z.object({ n: z.number() }), ({ subject, data }) => ({ subject, twice: data.n * 2 }))
  gateway.command('admin', z.unknown(), () => 'never')
  gateway.command('crash', z.unknown(), () => {
    throw new Error('secret stack')
  })
  gateway.command('refuse', z.unknown(), async () => {
    throw new SteadywireError('command_failed', 'Not on Sundays', { hint: 'Come on Monday.' })
  })
  const { session } = await open('ann')
  expect(await session.command('double', { n: 21 })).toEqual({ subject: 'ann', twice: 42 })
  await expect(session.command('double', { n: 'x' })).rejects.toMatchObject({
    code: 'invalid_data',
    message: expect.stringContaining('n'),
  })
  await expect(session.command('admin', 1)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(session.command('nope', 1)).rejects.toMatchObject({ code: 'not_found' })
  await expect(session.command('crash', 1)).rejects.toMatchObject({
    code: 'command_failed',
    message: 'The command crash failed',
  })
  await expect(session.command('refuse', 1)).rejects.toMatchObject({
    kind: 'refused',
    message: 'Not on Sundays',
    hint: 'Come on Monday.',
  })
  expect(gateway.stats().failures).toBe(1)
  expect(records.filter((record) => record.kind === 'failed')).toHaveLength(1)
  expect(() => gateway.command('double', z.unknown(), () => 1)).toThrow(
    expect.objectContaining({ code: 'invalid_option' }),
  )
})

test('what a log says of its failures stays with the operator; its refusals are passed on', async () => {
  const { open, memory, records, gateway } = setup({
    log: {
      keyWindowMs: 0,
      append: async (topic) => {
        throw topic === 'sealed'
          ? wireError('refused', 'sealed', 'over')
          : wireError('retry', 'unavailable', 'ECONNREFUSED db-7')
      },
      read: (...args) => memory.read(...args),
      tail: (...args) => memory.tail(...args),
    },
  })
  const { session } = await open()
  await expect(session.append('sealed', [draft('a')])).rejects.toMatchObject({ kind: 'refused', code: 'sealed' })
  const failing = session.append('t', [draft('a')])
  await expect(failing).rejects.toMatchObject({
    kind: 'retry',
    code: 'log_failed',
    message: expect.not.stringContaining('db-7'),
  })
  expect(records.map((record) => record.kind)).toEqual(['opened', 'rejected', 'failed'])
  expect(gateway.stats()).toMatchObject({ rejected: 1, failures: 1 })
})
