import { expect, test } from 'vitest'
import { draft, setup } from './setup.ts'

const secretive = () => ({ may: () => true, visible: (event: { id: string }) => !event.id.startsWith('x') })

test('[D9] a hidden final event makes the reader verify, after the batch; others are told the event', async () => {
  const { open, memory, clock } = setup({ authorise: ({ token }) => (token ? secretive() : { may: () => true }) })
  const [filtered, plain] = [await open('filtered'), await open()]
  for (const { session } of [filtered, plain]) await session.attach('t', undefined)
  await memory.append('t', [draft('a'), draft('x', { final: true })])
  await clock.settle()
  expect(filtered.peer.take()).toEqual(['t:a', 't:skip 2-2', 't:verify'])
  expect(plain.peer.take()).toEqual(['t:a', 't:x'])
  const page = await filtered.session.read('t', { after: { epoch: 'epoch-1', seq: 2, mark: 'x' }, limit: 10 })
  expect(page).toMatchObject({ sealed: true, through: 2, events: [] })
})

test('[D9] other hidden events do not make anybody verify', async () => {
  const { open, memory, clock } = setup({ authorise: secretive })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  await memory.append('t', [draft('x'), draft('a', { final: true })])
  await clock.settle()
  expect(peer.take()).toEqual(['t:skip 1-1', 't:a'])
})

test('[D9] a slow reader verifies too when the end it is read to is hidden', async () => {
  const { open, memory, clock } = setup({ authorise: secretive })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  peer.bufferedBytes = 2_000_000
  await memory.append('t', [draft('a'), draft('x', { final: true })])
  await clock.settle()
  peer.drain()
  await clock.settle()
  expect(peer.take()).toEqual(['t:a', 't:skip 2-2', 't:verify'])
})

test('[D9] a final event that was erased before the feed read it makes every reader verify, once', async () => {
  const { open, memory, clock, faults } = setup({ heartbeatMs: 1000, auditMs: 1000 })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  faults.deaf = true
  await memory.append('t', [draft('a'), draft('b', { final: true })])
  await memory.erase('t', 2)
  await clock.advance(5000)
  expect(peer.take()).toEqual(['t:a', 't:skip 2-2', 't:verify'])
})
