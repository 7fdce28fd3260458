import { markOf } from '@steadywire/core'
import {
  appendForSure,
  draft,
  drafts,
  failureOf,
  readAll,
  readForSure,
  seqsOf,
  wakes,
  writersOn,
} from '@steadywire/log-trials'
import { expect, it } from 'vitest'
import { handsForTest, logForTest, postgresForTest } from './setup.ts'

for (const round of [1, 2, 3])
  it(`[E1] nothing acknowledged is lost, repeated or moved by kill -9 in the middle of appends (${round})`, {
    timeout: 60_000,
  }, async () => {
    const server = await postgresForTest()
    const log = logForTest(server)
    const writers = writersOn([log, logForTest(server)], 't:1')
    await writers.until(round * 40)
    await server.kill()
    await server.start()
    await writers.until(round * 40 + 80)
    await writers.stop()
    writers.check((await readAll(log, 't:1')).events)
  })

it('[D1g] a tail outlives restarts and the end of its connection: after each it wakes, whatever was appended meanwhile', {
  timeout: 60_000,
}, async () => {
  const server = await postgresForTest()
  const hands = handsForTest(server)
  const [log, other] = [logForTest(server), logForTest(server)]
  const tail = await wakes(log, 't:1')
  const restart = async () => {
    await server.kill()
    await server.start()
  }
  for (const trouble of [restart, hands.breakTails, restart, hands.breakTails]) {
    const before = tail.wakes
    await trouble()
    await appendForSure(other, 't:1', [draft('meanwhile')])
    await expect.poll(() => tail.wakes, { timeout: 10_000 }).toBeGreaterThan(before)
    const [next] = await appendForSure(other, 't:1', [draft('then')])
    await expect.poll(() => tail.seqs).toContain(next?.position.seq)
  }
  expect(tail.lost).toEqual([])
})

it('[D4c] a restored backup keeps the epoch, and every position beyond it is told by its mark', {
  timeout: 60_000,
}, async () => {
  const server = await postgresForTest()
  const log = logForTest(server)
  await log.append('t:1', drafts(10))
  await server.kill()
  server.backUp()
  await server.start()
  await appendForSure(log, 't:1', drafts(10, 11))
  const before = await readAll(log, 't:1')
  await server.kill()
  server.restore()
  await server.start()
  const back = await readForSure(log, 't:1', { limit: 1 })
  expect([back.epoch, back.head]).toEqual([before.epoch, 10])
  await log.append('t:1', drafts(15, 100))
  for (const { epoch, seq, id } of before.events) {
    const page = await log.read('t:1', { after: { epoch, seq, mark: markOf(id) }, limit: 100 })
    expect([seq, page.rewound, page.events.length]).toEqual(seq <= 10 ? [seq, undefined, 25 - seq] : [seq, true, 0])
  }
})

it('a server that only follows another one is read, refuses appends with a hint, and takes them once it leads', {
  timeout: 60_000,
}, async () => {
  const server = await postgresForTest()
  const log = logForTest(server)
  await log.append('t:1', drafts(3))
  await server.kill()
  server.follow()
  await server.start()
  expect(seqsOf((await readForSure(log, 't:1', { limit: 10 })).events)).toEqual([1, 2, 3])
  const { error } = await failureOf(log.append('t:1', drafts(1)))
  expect([error.kind, error.code]).toEqual(['retry', 'unavailable'])
  expect(error.hint).toContain('follows')
  const { rows } = await handsForTest(server).pool.query('select pg_promote()')
  expect(rows).toEqual([{ pg_promote: true }])
  const [made] = await appendForSure(log, 't:1', drafts(1))
  expect(made?.position.seq).toBe(4)
})
