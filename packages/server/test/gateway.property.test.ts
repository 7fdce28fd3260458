import { isSkip } from '@steadywire/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Session } from '../src/index.ts'
import { draft, setup, type TestPeer } from './setup.ts'

const mebibyte = 1_048_576

/** What a client keeps: the end of what it has, and what it was told that did not follow. */
interface Client {
  readonly session: Session
  readonly peer: TestPeer
  at: number
  readonly holes: string[]
}

const topics = ['t', 'u']
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      topic: fc.constantFrom(...topics),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'deafen' as const,
        'hear' as const,
        'loseTails' as const,
        'breakTails' as const,
        'mendTails' as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('slow' as const, 'drain' as const), client: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(100, 1000, 10_000) }) },
)

/** Takes what the peer was told: repeats are dropped, and whatever does not follow is a hole. */
function take(client: Client, topic: string): void {
  for (const batch of client.peer.batches.splice(0)) {
    if (batch.topic !== topic) continue
    for (const item of batch.items) {
      const [first, last] = isSkip(item) ? item.skip : [item.seq, item.seq]
      if (first > client.at + 1) client.holes.push(`${client.at} … ${first}`)
      client.at = Math.max(client.at, last)
    }
  }
}

test('[D1] [D8] whatever tails and clients do, every reader is told everything in order, without a hole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const { open, memory, faults, loseTails, clock } = setup({ limits: { maxBufferedBytes: mebibyte } })
      const clients: Client[] = []
      for (let index = 0; index < 3; index++) {
        const topic = topics[index % 2] as string
        const { session, peer } = await open()
        const page = await session.attach(topic, undefined)
        clients.push({ session, peer, at: page.head, holes: [] })
      }
      let made = 0
      for (const each of steps) {
        if (each.kind === 'append')
          for (let count = 0; count < each.count; count++) void memory.append(each.topic, [draft(`e${made++}`)])
        else if (each.kind === 'deafen') faults.deaf = true
        else if (each.kind === 'hear') faults.deaf = false
        else if (each.kind === 'breakTails') faults.tailsFail = true
        else if (each.kind === 'mendTails') faults.tailsFail = false
        else if (each.kind === 'loseTails') loseTails()
        else if (each.kind === 'wait') await clock.advance(each.ms)
        else if (each.kind === 'settle') await clock.settle()
        else if ('client' in each) {
          const { peer } = clients[each.client] as Client
          if (each.kind === 'slow') peer.bufferedBytes = 2 * mebibyte
          else peer.drain()
        }
      }
      for (const { peer } of clients) peer.drain()
      faults.tailsFail = false
      await clock.advance(40_000)
      for (const [index, client] of clients.entries()) {
        const topic = topics[index % 2] as string
        take(client, topic)
        const { head } = await memory.read(topic, { limit: 1 })
        expect({
          at: client.at,
          holes: client.holes,
          told: client.peer.told.filter((word) => /verify|lost/.test(word)),
        }).toEqual({
          at: head,
          holes: [],
          told: [],
        })
        client.session.close()
      }
      await clock.settle()
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 300 },
  )
})
