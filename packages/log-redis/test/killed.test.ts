import { globSync, readFileSync, truncateSync } from 'node:fs'
import { markOf } from '@steadywire/core'
import { appendForSure, draft, drafts, readAll, readForSure, wakes, writersOn } from '@steadywire/log-trials'
import { expect, it } from 'vitest'
import { canStart, killed } from './servers.ts'
import { logForTest, ownRedisForTest, redisForTest } from './setup.ts'

for (const persistence of ['always', 'everysec'] as const)
  for (const round of [1, 2, 3])
    it(`[E1] nothing acknowledged is lost, repeated or moved by ${killed} in the middle of appends (${persistence}, ${round})`, async () => {
      const server = await redisForTest({ persistence })
      const log = logForTest(server, { retention: {} })
      const writers = writersOn([log, logForTest(server, { retention: {} })], 't:1')
      await writers.until(round * 100)
      await server.kill()
      await server.start()
      await writers.until(round * 100 + 200)
      await writers.stop()
      writers.check((await readAll(log, 't:1')).events)
    })

// Without the file, what is left of a torn append is made by hand: see lost-data.test.ts.
for (const between of canStart ? ['an append', 'nothing'] : [])
  it(`[E1] an append that kill -9 tore apart in the file of Redis stays away, with ${between} until the next restart`, async () => {
    const server = await ownRedisForTest({ persistence: 'always' })
    const log = logForTest(server)
    await log.append('t:1', drafts(3))
    const torn = between === 'nothing' ? drafts(3, 100) : [draft('torn')]
    await log.append('t:1', torn)
    await server.kill()
    tearLastAppend(server.folder)
    await server.start()
    expect((await readForSure(log, 't:1', { limit: 10 })).head, 'as if it had never been').toBe(3)
    // What comes next in the file completes the half that is left there.
    await log.append(between === 'nothing' ? 't:2' : 't:1', [draft('other'), ...torn])
    const { events, head } = await readAll(log, 't:1')
    await server.kill()
    await server.start()
    expect((await readAll(log, 't:1')).events).toEqual(events)
    const [next] = await log.append('t:1', [draft('next')])
    expect(next?.position.seq).toBe(head + 1)
    expect((await readAll(log, 't:1')).events.map(({ id }) => id).slice(0, -1)).toEqual(events.map(({ id }) => id))
  })

/** Cuts the append-only file in the middle of the command after the last XADD. */
function tearLastAppend(folder: string): void {
  const [file = ''] = globSync(`${folder}/appendonlydir/*.incr.aof`)
  const text = readFileSync(file, 'latin1')
  truncateSync(file, text.indexOf('HSET', text.lastIndexOf('XADD')) + 2)
}

it('[D4i] without persistence, each restart is another epoch, and what was acknowledged in the last one is there', async () => {
  const server = await redisForTest()
  const log = logForTest(server, { retention: {} })
  const writers = writersOn([log, logForTest(server)], 't:1')
  const epochs = new Set<string | undefined>()
  for (const round of [1, 2, 3]) {
    await writers.until(round * 100)
    epochs.add((await readForSure(log, 't:1', { limit: 1 })).epoch)
    await server.kill()
    const known = writers.acknowledged.length
    await server.start()
    await writers.until(known + 20)
  }
  await writers.stop()
  const { events, epoch, head } = await readAll(log, 't:1')
  expect(epochs.size).toBe(3)
  expect(epochs).not.toContain(epoch)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  const last = writers.acknowledged.filter(({ at }) => at.epoch === epoch)
  for (const { draft, at } of last) expect(events[at.seq - 1]?.id).toBe(draft.id)
  expect(last.length).toBe(head)
})

it('[D4c] a restart from an older file keeps the epoch, and every position beyond it is told by its mark', async () => {
  const server = await redisForTest()
  const log = logForTest(server)
  await log.append('t:1', drafts(10))
  await server.save()
  await log.append('t:1', [...drafts(10, 11)])
  const before = await readAll(log, 't:1')
  await server.kill()
  await server.start()
  const back = await readForSure(log, 't:1', { limit: 1 })
  expect([back.epoch, back.head]).toEqual([before.epoch, 10])
  await log.append('t:1', drafts(15, 100))
  for (const { epoch, seq, id } of before.events) {
    const page = await log.read('t:1', { after: { epoch, seq, mark: markOf(id) }, limit: 100 })
    expect([seq, page.rewound, page.events.length]).toEqual(seq <= 10 ? [seq, undefined, 25 - seq] : [seq, true, 0])
  }
})

it('[D1g] a tail outlives restarts: after each one it wakes, whatever was appended meanwhile', async () => {
  const server = await redisForTest({ persistence: 'always' })
  const [log, other] = [logForTest(server), logForTest(server)]
  const tail = await wakes(log, 't:1')
  for (const round of [1, 2, 3]) {
    const before = tail.wakes
    await server.kill()
    await server.start()
    await appendForSure(other, 't:1', [draft(round)])
    await expect.poll(() => tail.wakes).toBeGreaterThan(before)
    const [next] = await appendForSure(other, 't:1', [draft(round)])
    await expect.poll(() => tail.seqs).toContain(next?.position.seq)
  }
  expect(tail.lost).toEqual([])
})
