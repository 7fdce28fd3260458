import { expect, test } from 'vitest'
import type { EventLog } from '../src/index.ts'
import { draft, setup } from './setup.ts'

/** A log in which calls about the topic `stuck` never answer while told so. */
function hangingSetup(calls: readonly (keyof EventLog)[] = ['read', 'append', 'tail']) {
  const hanging = new Set(calls)
  const inner = setup()
  const never = new Promise<never>(() => {})
  const stuck = (topic: string, call: keyof EventLog) => topic === 'stuck' && hanging.has(call)
  const log: EventLog = {
    keyWindowMs: 0,
    append: (topic, ...args) => (stuck(topic, 'append') ? never : inner.memory.append(topic, ...args)),
    read: (topic, range) => (stuck(topic, 'read') ? never : inner.memory.read(topic, range)),
    tail: (topic, on) => (stuck(topic, 'tail') ? never : inner.log.tail(topic, on)),
  }
  const { open, gateway, records } = setup({ log, clock: inner.clock, heartbeatMs: 1000, auditMs: 2000 })
  return { ...inner, open, gateway, records, hanging }
}

const failure = { kind: 'retry', code: 'log_failed' }

test.each(['read', 'append', 'heads', 'attach'] as const)(
  '[D7] a log that hangs is given up after the deadline: %s',
  async (call) => {
    const { open, clock, gateway } = hangingSetup()
    const { session } = await open()
    const calls = {
      read: () => session.read('stuck', { limit: 1 }),
      append: () => session.append('stuck', [draft('a')]),
      heads: async () => expect([...(await session.heads(['stuck', 't'])).keys()]).toEqual(['t']),
      attach: () => session.attach('stuck', undefined),
    }
    const answer = calls[call]().catch((thrown) => thrown)
    let answered = false
    void answer.then(() => {
      answered = true
    })
    await clock.advance(1999)
    expect(answered).toBe(false)
    await clock.advance(8001)
    if (call === 'heads') await answer
    else expect(await answer).toMatchObject(failure)
    session.close()
    await gateway.close()
    expect([gateway.stats().readers, gateway.stats().topics, clock.pending]).toEqual([0, 0, 0])
  },
)

test('[D7] one hanging topic holds up no other: attach, live events, audits and heads go on', async () => {
  const { open, clock, memory, fill, faults } = hangingSetup(['read'])
  const { session, peer } = await open()
  const hanging = session.attach('stuck', undefined).catch((thrown) => thrown)
  await session.attach('t', undefined)
  await fill('t', 'a')
  expect(peer.take()).toEqual(['t:a'])
  faults.deaf = true
  await memory.append('t', [draft('b')])
  await clock.advance(2000)
  expect(peer.take()).toEqual(['t:b'])
  await clock.advance(8000)
  expect(await hanging).toMatchObject(failure)
})

test('[D7] readers of a topic that begins to hang go on where they were once it answers again', async () => {
  const { open, clock, fill, faults, hanging } = hangingSetup([])
  const { session, peer } = await open()
  await session.attach('stuck', undefined)
  await fill('stuck', 'a')
  hanging.add('read')
  faults.deaf = true
  await fill('stuck', 'bc')
  await clock.advance(30_000)
  expect(peer.take()).toEqual(['stuck:a'])
  hanging.delete('read')
  await clock.advance(30_000)
  expect(peer.take()).toEqual(['stuck:b', 'stuck:c'])
})

test('log/tail-lost-then-poll: a tail that hangs is tried again, and one that comes too late is stopped', async () => {
  const late: ((stop: () => Promise<void>) => void)[] = []
  let stopped = 0
  let hang = false
  const inner = setup()
  const { open } = setup({
    clock: inner.clock,
    heartbeatMs: 1_000_000,
    log: {
      ...inner.log,
      tail: (topic, on) => (hang ? new Promise((resolve) => late.push(resolve)) : inner.log.tail(topic, on)),
    },
  })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  hang = true
  inner.loseTails()
  await inner.fill('t', 'a')
  await inner.clock.advance(10_000)
  expect(peer.take()).toEqual(['t:a'])
  hang = false
  late[0]?.(async () => void stopped++)
  await inner.clock.advance(5000)
  await inner.fill('t', 'b')
  expect([peer.take(), stopped, late.length]).toEqual([['t:b'], 1, 1])
})

test('[D8] a log that hangs while a slow reader catches up makes the client verify by itself', async () => {
  const { open, clock, fill, hanging } = hangingSetup([])
  const { session, peer } = await open()
  await session.attach('stuck', undefined)
  peer.bufferedBytes = 2_000_000
  await fill('stuck', 'ab')
  hanging.add('read')
  peer.drain()
  await clock.advance(10_000)
  expect(peer.take()).toContain('stuck:verify')
})

test('[C7] a gateway that closes answers the calls that hang, and leaves no timer', async () => {
  const { open, clock, gateway, records } = hangingSetup()
  const { session } = await open()
  const calls = [session.read('stuck', { limit: 1 }), session.attach('stuck', undefined)]
  const answers = Promise.allSettled(calls)
  const closing = gateway.close({ graceMs: 100 })
  await clock.advance(100)
  await closing
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect([clock.pending, records.filter(({ kind }) => kind === 'failed')]).toEqual([0, []])
})
