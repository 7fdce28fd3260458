import type { Position, ReadRange } from '@steadywire/core'
import { defineTopic } from '@steadywire/core'
import { expect, test } from 'vitest'
import * as z from 'zod'
import type { Authoriser, Grant } from '../src/index.ts'
import { draft, setup } from './setup.ts'

const nobody: Authoriser = ({ token = 'nobody' }) => ({ subject: token, may: () => true })
const never = new Promise<never>(() => {})
const nothing = { sessions: 0, readers: 0, topics: 0 }

/** Closes everything, and proves that nothing is left of it. */
async function leavesNothing({ gateway, clock, tails }: ReturnType<typeof setup>): Promise<void> {
  const closing = gateway.close({ graceMs: 1 })
  await clock.advance(1)
  await closing
  await clock.settle()
  expect([gateway.stats(), clock.pending, tails.size]).toEqual([expect.objectContaining(nothing), 0, 0])
}

test('[D8] a peer that never drains is sent a bounded amount, and is let go after a while', async () => {
  const world = setup({ heartbeatMs: 1000 })
  const { open, memory, clock, gateway } = world
  const { session, peer } = await open()
  await session.attach('t', undefined)
  const items = peer.items.bind(peer)
  peer.items = (batch) => {
    items(batch)
    peer.bufferedBytes += 600_000
  }
  for (let n = 0; n < 500; n++) {
    await memory.append('t', [draft(`e${n}`)])
    if (n % 100 === 0) await clock.settle()
  }
  await clock.settle()
  expect(peer.batches.length).toBeLessThan(5)
  await clock.advance(12_000)
  expect(peer.take().at(-1)).toBe('close connection_lost')
  expect(gateway.stats()).toMatchObject({ sessions: 0, readers: 0 })
  await leavesNothing(world)
})

test('[D8] a slow client that gets on is not let go', async () => {
  const { open, fill, clock, gateway } = setup({ heartbeatMs: 1000 })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  for (let round = 0; round < 30; round++) {
    peer.bufferedBytes = 3_000_000 - round * 1000
    await fill('t', `${round % 10}`)
    await clock.advance(1000)
  }
  expect(gateway.stats().sessions).toBe(1)
})

test('[D7] a peer the every method of which throws harms nobody', async () => {
  const world = setup({ heartbeatMs: 1000, authorise: nobody })
  const { open, fill, clock, gateway } = world
  const [bad, good] = [await open('bad'), await open('good')]
  for (const { session } of [bad, good]) await session.attach('t', undefined)
  const broken = () => {
    throw new Error('broken')
  }
  Object.assign(bad.peer, { items: broken, heartbeat: broken, verify: broken, lost: broken, close: broken })
  Object.assign(bad.peer, { drained: broken, bufferedBytes: 9_000_000 })
  await fill('t', 'ab')
  Object.defineProperty(bad.peer, 'bufferedBytes', { get: broken })
  await fill('t', 'c')
  await clock.advance(2000)
  gateway.revoke({ subject: 'bad', topic: 't' })
  gateway.revoke({ subject: 'bad' })
  expect(good.peer.take()).toEqual(['t:a', 't:b', 't:c'])
  expect(good.peer.heads.length).toBeGreaterThan(0)
  await leavesNothing(world)
})

test('a peer that attaches and detaches in a loop leaves nothing, and is slowed down', async () => {
  const world = setup({ authorise: nobody, limits: { readBurst: 500, readsPerSecond: 10 } })
  const { open, gateway, clock } = world
  const { session } = await open('ann')
  const refusals: string[] = []
  const attaches = Array.from({ length: 600 }, (_, n) => {
    const attaching = session.attach(`t${n % 7}`, undefined).catch(({ code }) => refusals.push(code))
    session.detach(`t${n % 7}`)
    return attaching
  })
  await Promise.all(attaches)
  expect(new Set(refusals)).toEqual(new Set(['unsubscribed', 'rate_limited']))
  expect(gateway.stats().readers).toBe(0)
  await expect(session.read('t', { limit: 1 })).rejects.toMatchObject({
    kind: 'retry',
    code: 'rate_limited',
    retryAfterMs: 100,
    hint: expect.stringContaining('readsPerSecond'),
  })
  await clock.advance(100)
  await session.read('t', { limit: 1 })
  await clock.advance(5000)
  expect(gateway.stats().topics).toBe(0)
  await leavesNothing(world)
})

test('reads are limited by subject, heads count for each topic, and clients without a name are not held together', async () => {
  const { open, clock } = setup({
    authorise: ({ token }) => ({ ...(token !== undefined && { subject: token }), may: () => true }),
    limits: { readBurst: 3, readsPerSecond: 1 },
  })
  const [ann, too, bob, any] = [await open('ann'), await open('ann'), await open('bob'), await open()]
  await ann.session.heads(['t', 'u'])
  await too.session.attach('t', undefined)
  for (const { session } of [ann, too])
    await expect(session.attach('u', undefined)).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 1000 })
  await expect(ann.session.heads(['a', 'b', 'c', 'd'])).rejects.toMatchObject({ code: 'limit_reached' })
  await bob.session.attach('t', undefined)
  for (let n = 0; n < 9; n++) await any.session.read('t', { limit: 1 })
  await clock.advance(1000)
  await ann.session.attach('u', undefined)
})

test('[D10] tokens of other subjects change nothing, however often they come', async () => {
  const world = setup({ authorise: nobody })
  const { open, fill, gateway } = world
  const { session, peer } = await open('ann')
  await session.attach('t', undefined)
  const renewals = Array.from({ length: 100 }, (_, n) => session.renew(`eve${n}`).catch(({ code }) => code))
  expect(new Set(await Promise.all(renewals))).toEqual(new Set(['forbidden']))
  await fill('t', 'a')
  expect([peer.take(), gateway.stats().readers]).toEqual([['t:a'], 1])
  await leavesNothing(world)
})

const odd = [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY, Number.MIN_SAFE_INTEGER, '1', null, {}] as number[]

test('ranges and positions that are none are refused, and huge ones are cut', async () => {
  const { open, fill } = setup({ limits: { page: 2 } })
  await fill('t', 'abc')
  const { session } = await open()
  const refusal = { kind: 'refused' }
  for (const value of odd) {
    await expect(session.read('t', { limit: value })).rejects.toMatchObject(refusal)
    await expect(session.read('t', { limit: 1, before: value })).rejects.toMatchObject(refusal)
    const after: Position = { epoch: 'epoch-1', seq: value }
    await expect(session.read('t', { limit: 1, after })).rejects.toMatchObject(refusal)
    await expect(session.attach('t', after)).rejects.toMatchObject(refusal)
  }
  const huge: ReadRange[] = [{ limit: Number.MAX_SAFE_INTEGER }, { limit: 9e15, last: true }]
  for (const range of huge) expect((await session.read('t', range)).events).toHaveLength(2)
  const after = { epoch: 'epoch-1', seq: Number.MAX_SAFE_INTEGER }
  expect(await session.read('t', { limit: 1, after })).toMatchObject({ events: [], head: 3 })
  for (const last of [true, false])
    expect(await session.read('t', { limit: 5, before: 0, last })).toMatchObject({ events: [], through: 0 })
})

test('names of the prototype are names like any other', async () => {
  const chat = defineTopic('chat:{id}', { said: z.object({ id: z.string() }) })
  const { open, gateway, memory, clock } = setup({ authorise: nobody })
  const { session, peer } = await open('__proto__')
  for (const name of ['__proto__', 'constructor', 'toString']) {
    await session.attach(name, undefined)
    await session.append(name, [draft(name, { type: name, key: name, entity: { type: name, id: name }, actor: name })])
    await clock.settle()
    expect(peer.take()).toEqual([`${name}:${name}`])
    expect([...(await session.heads([name])).keys()]).toEqual([name])
    await expect(session.command(name, {})).rejects.toMatchObject({ code: 'not_found' })
    const polluting = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
    await memory.append(name, [draft('p', { data: polluting })])
    expect((await session.read(name, { limit: 1, last: true })).events[0]?.data).toEqual(polluting)
    await clock.settle()
    peer.take()
  }
  expect('polluted' in {}).toBe(false)
  gateway.revoke({ subject: '__proto__' })
  expect(gateway.stats().sessions).toBe(0)
  const strict = await setup({ topics: [chat] }).open()
  for (const type of ['__proto__', 'constructor'])
    await expect(strict.session.append('chat:1', [draft('a', { type })])).rejects.toMatchObject({
      code: 'invalid_type',
    })
})

test.each(['session', 'gateway'] as const)(
  '10,000 attaches that race with the close of the %s leave nothing',
  async (which) => {
    const inf = Number.POSITIVE_INFINITY
    const world = setup({ limits: { topicsPerConnection: inf } })
    const { open, gateway, clock, records } = world
    const { session, peer } = await open()
    const attaches = Array.from({ length: 10_000 }, (_, n) => session.attach(`t${n}`, undefined))
    const answers = Promise.allSettled(attaches)
    for (let turn = 0; turn < 12; turn++) await Promise.resolve()
    if (which === 'session') session.close()
    else {
      const closing = gateway.close({ graceMs: 1 })
      await clock.advance(1)
      await closing
    }
    await answers
    await clock.settle()
    expect([gateway.stats(), clock.pending, world.tails.size]).toEqual([expect.objectContaining(nothing), 0, 0])
    expect(peer.take()).toEqual(which === 'session' ? [] : ['close going_away'])
    expect(records.filter(({ kind }) => kind === 'failed')).toEqual([])
  },
)

test('[D10] revoked or expired during an attach: it is rejected, and nothing of the topic is told', async () => {
  let answer = (_allowed: boolean): void => {}
  const may = () =>
    new Promise<boolean>((resolve) => {
      answer = resolve
    })
  const start = 1_700_000_000_000
  for (const end of ['revoke', 'expire', 'jump'] as const) {
    const world = setup({ authorise: () => ({ subject: 'ann', expiresAt: start + 500, may }) })
    const { open, gateway, clock, fill } = world
    const { session, peer } = await open('ann')
    const attaching = session.attach('t', { seq: 0 }).catch((thrown) => thrown)
    await clock.settle()
    if (end === 'revoke') gateway.revoke({ subject: 'ann', topic: 't' })
    else if (end === 'expire') await clock.advance(500)
    else clock.jumpWall(500)
    answer(true)
    expect(await attaching).toMatchObject({ code: end === 'revoke' ? 'forbidden' : 'unauthenticated' })
    await fill('t', 'a')
    expect(peer.take()).toEqual([])
    await leavesNothing(world)
  }
})

test('[D10] what is revoked while a client is being let in, or renews, stays revoked', async () => {
  const answers: ((grant: Grant) => void)[] = []
  const grant: Grant = { subject: 'ann', may: () => true }
  const { open, gateway, clock } = setup({ authorise: () => new Promise((resolve) => answers.push(resolve)) })
  const [one, all, other] = [open(), open().catch((thrown) => thrown), open()]
  await clock.settle()
  gateway.revoke({ subject: 'ann', topic: 't' })
  answers[0]?.(grant)
  const { session } = await one
  await expect(session.attach('t', undefined)).rejects.toMatchObject({ code: 'forbidden' })
  const renewal = session.renew('fresh')
  await clock.settle()
  gateway.revoke({ subject: 'ann', topic: 'u' })
  answers[3]?.(grant)
  await renewal
  await expect(session.attach('u', undefined)).rejects.toMatchObject({ code: 'forbidden' })
  gateway.revoke({ subject: 'ann' })
  answers[1]?.(grant)
  expect(await all).toMatchObject({ kind: 'auth', code: 'unauthenticated' })
  answers[2]?.({ ...grant, subject: 'bob' })
  await (await other).session.attach('t', undefined)
})

test('[C5] of two renewals that race, the one that was asked for last holds', async () => {
  const answers: ((grant: Grant) => void)[] = []
  const start = 1_700_000_000_000
  const { open, clock } = setup({
    authorise: ({ token }) =>
      token ? new Promise((resolve) => answers.push(resolve)) : { expiresAt: start + 1000, may: () => true },
  })
  const { session } = await open()
  const renewals = [session.renew('older'), session.renew('newer')]
  await clock.settle()
  answers[1]?.({ expiresAt: start + 9000, may: () => true })
  answers[0]?.({ expiresAt: start + 2000, may: () => true })
  expect(await Promise.all(renewals)).toEqual([{ expiresIn: 9000 }, { expiresIn: 9000 }])
})

test('[D10] a page that is read while the right ends by a renewal is not answered', async () => {
  const world = setup({
    authorise: ({ token }) => ({ subject: 'ann', may: () => token !== 'less', visible: ({ id }) => token !== id }),
  })
  const { open, fill, memory, clock } = world
  await fill('t', 'ab')
  const { session } = await open('all')
  await session.attach('t', undefined)
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const read = memory.read.bind(memory)
  memory.read = async (...args) => {
    await gate
    return read(...args)
  }
  const hiding = session.read('t', { limit: 5 })
  await session.renew('a')
  release()
  expect((await hiding).events.map(({ id }) => id)).toEqual(['b'])
  const [reading, attaching] = [session.read('t', { limit: 5 }), session.attach('t', { seq: 0 })]
  const answers = Promise.allSettled([reading, attaching])
  await session.renew('less')
  for (const answer of await answers) expect(answer).toMatchObject({ reason: { code: 'forbidden' } })
  await clock.settle()
})

test('an authoriser that hangs is given up, and one that gives no grant lets nobody in', async () => {
  const bad: unknown[] = [never, undefined, null, {}, { may: true }, 'yes']
  bad.push({ may: () => true, expiresAt: Number.NaN }, { may: () => true, subject: 7 })
  for (const grant of bad) {
    const world = setup({ authorise: () => grant as Grant })
    const opening = world.open('ann').catch((thrown) => thrown)
    await world.clock.advance(10_000)
    expect(await opening).toMatchObject({ kind: 'retry', code: 'unavailable' })
    await leavesNothing(world)
  }
  const world = setup({ authorise: () => ({ may: (_action, target) => (target === 't' ? never : true) }) })
  const { session } = await world.open()
  const attaching = session.attach('t', undefined).catch((thrown) => thrown)
  await session.attach('u', undefined)
  await world.clock.advance(10_000)
  expect(await attaching).toMatchObject({ kind: 'retry', code: 'unavailable' })
  expect(world.gateway.stats().readers).toBe(1)
  await leavesNothing(world)
})

test('[C7] a drain is not held up by a stalled peer', async () => {
  const world = setup()
  const { open, fill } = world
  const { session, peer } = await open()
  await session.attach('t', undefined)
  peer.bufferedBytes = 9_000_000
  await fill('t', 'abc')
  await leavesNothing(world)
  peer.drain()
  await world.clock.settle()
  expect(peer.take()).toEqual(['close going_away'])
})

test('[D10] a wall clock that jumps past the end of a token ends its rights with the next heartbeat', async () => {
  const { open, clock, fill } = setup({
    heartbeatMs: 1000,
    authorise: () => ({ expiresAt: 1_700_003_600_000, may: () => true }),
  })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  clock.jumpWall(3_600_000)
  await clock.advance(1000)
  await fill('t', 'a')
  expect(peer.take()).toEqual(['t:lost unauthenticated'])
})
