import type { WireError } from '@steadywire/core'
import { expect, test } from 'vitest'
import { type Authoriser, createGateway, type GatewayOptions, type Grant, memoryLog } from '../src/index.ts'
import { draft, setup } from './setup.ts'

/** Tokens are names of subjects; each may do what the table says. */
function byTable(rights: Record<string, Partial<Grant> & { topics?: string[] }>): Authoriser {
  return ({ token = '' }) => {
    const { topics, ...grant } = rights[token] ?? {}
    return { subject: token.split('#')[0] ?? '', may: (_action, target) => topics?.includes(target) ?? true, ...grant }
  }
}

test('who may read and append must be chosen', () => {
  const forgotten = { log: memoryLog() } as unknown as GatewayOptions
  expect(() => createGateway(forgotten)).toThrow(
    expect.objectContaining({ code: 'invalid_option', hint: expect.stringContaining("'anyone'") }),
  )
})

test('[D10] what is not granted is refused: attach, read, append; and heads leave it out', async () => {
  const { open, memory } = setup({ authorise: byTable({ ann: { topics: ['mine'] } }) })
  await memory.append('secret', [draft('a')])
  const { session } = await open('ann')
  const refusal = { kind: 'refused', code: 'forbidden' }
  await expect(session.attach('secret', { seq: 0 })).rejects.toMatchObject(refusal)
  await expect(session.read('secret', { limit: 1 })).rejects.toMatchObject(refusal)
  await expect(session.append('secret', [draft('b')])).rejects.toMatchObject(refusal)
  expect([...(await session.heads(['secret', 'mine'])).keys()]).toEqual(['mine'])
})

test('[D10] after a revocation nothing more of the topic arrives, and it cannot be attached again', async () => {
  const { open, fill, memory, gateway, clock } = setup({ authorise: byTable({ ann: {}, bob: {} }) })
  const [ann, bob] = [await open('ann'), await open('bob')]
  for (const { session } of [ann, bob]) {
    await session.attach('t', undefined)
    await session.attach('u', undefined)
  }
  void memory.append('t', [draft('queued')])
  gateway.revoke({ subject: 'ann', topic: 't' })
  await clock.settle()
  await fill('t', 'a')
  await fill('u', 'b')
  expect(ann.peer.take()).toEqual(['t:lost forbidden', 'u:b'])
  expect(bob.peer.take()).toEqual(['t:queued', 't:a', 'u:b'])
  await expect(ann.session.attach('t', undefined)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(ann.session.read('t', { limit: 1 })).rejects.toMatchObject({ code: 'forbidden' })
})

test('[D10] a slow reader that lost the right is not caught up', async () => {
  const { open, fill, gateway, clock } = setup({ authorise: byTable({}) })
  const { session, peer } = await open('ann')
  await session.attach('t', undefined)
  peer.bufferedBytes = 2_000_000
  await fill('t', 'ab')
  gateway.revoke({ subject: 'ann', topic: 't' })
  peer.drain()
  await clock.settle()
  expect(peer.take()).toEqual(['t:lost forbidden'])
})

test('revoking a subject ends its connections', async () => {
  const { open, gateway } = setup({ authorise: byTable({}) })
  const { session, peer } = await open('ann')
  gateway.revoke({ subject: 'ann' })
  expect(peer.take()).toEqual(['close unauthenticated'])
  await expect(session.read('t', { limit: 1 })).rejects.toMatchObject({ kind: 'auth' })
  expect(gateway.stats().sessions).toBe(0)
})

test('[D10] rights end with the token: topics are lost with kind auth, and calls are refused until it is renewed', async () => {
  let expiresAt = 0
  const authorise: Authoriser = ({ token }) => ({
    subject: 'ann',
    expiresAt: token === 'fresh' ? expiresAt * 10 : expiresAt,
    may: () => true,
  })
  const { open, fill, clock } = setup({ authorise })
  expiresAt = clock.wall() + 1000
  const { session, peer } = await open('stale')
  expect(await session.attach('t', undefined)).toMatchObject({ expiresIn: 1000 })
  await clock.advance(999)
  expect(peer.take()).toEqual([])
  await clock.advance(1)
  await fill('t', 'a')
  expect(peer.take()).toEqual(['t:lost unauthenticated'])
  expect(peer.errors[0]?.kind).toBe('auth')
  await expect(session.append('t', [draft('b')])).rejects.toMatchObject({ kind: 'auth' })
  await expect(session.attach('t', undefined)).rejects.toMatchObject({ kind: 'auth' })
  await session.renew('fresh')
  expect((await session.attach('t', { seq: 0 })).events).toHaveLength(1)
})

test('[C5] a token that is renewed in time costs nothing', async () => {
  const start = 1_700_000_000_000
  const authorise: Authoriser = ({ token }) => ({ subject: 'ann', expiresAt: start + Number(token), may: () => true })
  const { open, fill, clock } = setup({ authorise })
  const { session, peer } = await open('1000')
  await session.attach('t', undefined)
  await clock.advance(500)
  expect(await session.renew('3000')).toEqual({ expiresIn: 2500 })
  await clock.advance(1000)
  await fill('t', 'a')
  expect(peer.take()).toEqual(['t:a'])
  await clock.advance(1500)
  expect(peer.take()).toEqual(['t:lost unauthenticated'])
})

test('[D10] a renewed token is asked for what is attached; another subject is refused', async () => {
  const { open, fill } = setup({ authorise: byTable({ 'ann#2': { topics: ['u'] } }) })
  const { session, peer } = await open('ann')
  await session.attach('t', undefined)
  await session.attach('u', undefined)
  await expect(session.renew('bob')).rejects.toMatchObject({ kind: 'auth', code: 'forbidden' })
  await session.renew('ann#2')
  await fill('t', 'a')
  await fill('u', 'b')
  expect(peer.take()).toEqual(['t:lost forbidden', 'u:b'])
})

test('[D10] hidden events become skips, merged, live and in pages, and their seqs are stepped over', async () => {
  const { open, fill, memory, clock } = setup({
    authorise: byTable({ ann: { visible: (event) => !'bcx'.includes(event.id) } }),
  })
  await fill('t', 'abcd')
  const { session, peer } = await open('ann')
  const page = await session.attach('t', { seq: 0 })
  expect(page.events.map((event) => event.id)).toEqual(['a', 'd'])
  expect(page).toMatchObject({ through: 4, head: 4 })
  await memory.append(
    't',
    [draft('x1'), draft('x'), draft('y')].map((each) => ({ ...each, id: each.id })),
  )
  await clock.settle()
  expect(peer.take()).toEqual(['t:x1', 't:skip 6-6', 't:y'])
  expect(peer.batches[0]?.text).toContain('{"skip":[6,6],"mark":"x"}')
  expect(peer.batches[0]?.text).not.toContain('"id":"x"')
})

test('replay/all-hidden-page-progresses: the newest visible events are found behind hidden ones', async () => {
  const { open, fill } = setup({ authorise: byTable({ ann: { visible: (event) => 'ab'.includes(event.id) } }) })
  await fill('t', 'abcdef')
  const { session } = await open('ann')
  expect(await session.read('t', { limit: 2, after: { epoch: 'epoch-1', seq: 2 } })).toMatchObject({
    events: [],
    through: 4,
  })
  const { events } = await session.read('t', { limit: 2, last: true })
  expect(events.map((event) => event.id)).toEqual(['a', 'b'])
})

test('[D10] a filter that throws hides', async () => {
  const visible = () => {
    throw new Error('oops')
  }
  const { open, fill } = setup({ authorise: byTable({ ann: { visible } }) })
  const { session, peer } = await open('ann')
  await session.attach('t', undefined)
  await fill('t', 'a')
  expect(peer.take()).toEqual(['t:skip 1-1'])
})

test('a right that could not be checked is to be asked for again, and the failure is reported', async () => {
  const may = () => Promise.reject(new Error('database is down'))
  const { open, records } = setup({ authorise: byTable({ ann: { may } }) })
  const { session } = await open('ann')
  await expect(session.attach('t', undefined)).rejects.toMatchObject({ kind: 'retry', code: 'unavailable' })
  expect(records).toContainEqual(expect.objectContaining({ kind: 'failed' }))
})

test('[E2] no client can suppress another producer’s event by taking its key', async () => {
  const { open, memory } = setup({ authorise: byTable({}) })
  const [ann, bob] = [await open('ann'), await open('bob')]
  await ann.session.append('t', [draft('a', { key: 'done' })])
  const answers = [
    await bob.session.append('t', [draft('b', { key: 'done' })]),
    await memory.append('t', [draft('c', { key: 'done' })]),
    await (await open('ann')).session.append('t', [draft('d', { key: 'done' })]),
  ]
  expect(answers.flat().map(({ duplicate }) => duplicate)).toEqual([false, false, true])
})

test('a single call has the same rights, without a feed', async () => {
  const { gateway, fill } = setup({ authorise: byTable({ ann: { topics: ['t'] } }) })
  await fill('t', 'a')
  const calls = await gateway.once({ token: 'ann' })
  expect((await calls.read('t', { limit: 5 })).events).toHaveLength(1)
  await expect(calls.append('u', [draft('a')])).rejects.toMatchObject({ code: 'forbidden' })
  expect(gateway.stats().sessions).toBe(0)
})

test('what is told and recorded never holds a token', async () => {
  const authorise: Authoriser = ({ token }) => {
    throw new Error(`can't read ${token ? 'it' : 'nothing'}`)
  }
  const { open, records } = setup({ authorise })
  const error = await open('top-secret-token').catch((thrown: WireError) => thrown)
  expect(error).toMatchObject({ kind: 'retry', code: 'unavailable' })
  expect(JSON.stringify([error, records])).not.toContain('top-secret-token')
})

test('[D10] what was asked for before the right was lost is not answered after it', async () => {
  const { open, fill, gateway, clock, memory } = setup({ authorise: byTable({}) })
  await fill('t', 'a')
  const { session } = await open('ann')
  await session.attach('t', undefined)
  const calls = [session.read('t', { limit: 5 }), session.attach('t', { seq: 0 })]
  const other = session.attach('u', undefined)
  gateway.revoke({ subject: 'ann', topic: 't' })
  gateway.revoke({ subject: 'ann', topic: 'u' })
  for (const call of [...calls, other]) await expect(call).rejects.toMatchObject({ kind: 'refused', code: 'forbidden' })
  await clock.settle()
  expect((await memory.read('t', { limit: 1 })).head).toBe(1)
})

test('an attach that is under way when the token expires is rejected as the token’s fault', async () => {
  let answer = (_allowed: boolean) => {}
  const authorise: Authoriser = () => ({
    subject: 'ann',
    expiresAt: 1_700_000_000_100,
    may: () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  })
  const { open, clock } = setup({ authorise })
  const { session, peer } = await open('ann')
  const attaching = expect(session.attach('t', undefined)).rejects.toMatchObject({ kind: 'auth' })
  await clock.advance(100)
  answer(true)
  await attaching
  expect(peer.take()).toEqual([])
})

test('[D10] rights that cannot be checked at a renewal cost the topic for now, not for good', async () => {
  const flaky: Grant['may'] = () => Promise.reject(new Error('database is down'))
  const { open } = setup({ authorise: byTable({ 'ann#2': { may: flaky } }) })
  const { session, peer } = await open('ann')
  await session.attach('t', undefined)
  await session.renew('ann#2')
  expect(peer.errors).toMatchObject([{ kind: 'retry', code: 'unavailable' }])
})
