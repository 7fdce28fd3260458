import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Authoriser, Session } from '../src/index.ts'
import { draft, setup, type TestPeer } from './setup.ts'

const topics = ['t', 'u'] as const
const subjects = ['ann', 'bob'] as const
type Topic = (typeof topics)[number]

/** A token says all: `ann|t,u|1700000000500`. Rights can be asked for at once or take a turn. */
const authorise: Authoriser = async ({ token = '' }) => {
  const [subject = '', rights = '', expiresAt = ''] = token.split('|')
  const may = (target: string) => rights.split(',').includes(target)
  return {
    subject,
    expiresAt: Number(expiresAt),
    may: (_action, target) => (target === 't' ? may(target) : Promise.resolve(may(target))),
  }
}

const rights = fc.subarray([...topics])
const ms = fc.constantFrom(50, 500, 5000)
const one = fc.nat(3)
const topic = fc.constantFrom(...topics)
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('open' as const), subject: fc.constantFrom(...subjects), rights, ms }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('attach' as const), one, topic }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('detach' as const), one, topic }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('renew' as const), one, rights, ms }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('revoke' as const),
      subject: fc.constantFrom(...subjects),
      topic: fc.option(topic),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), one }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('slow' as const, 'drain' as const), one }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), topic }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'settle' as const }) },
)

/** What a client may do by the book: written down when it was told, not asked of the gateway. */
interface Client {
  readonly session: Session
  readonly peer: TestPeer
  readonly subject: string
  rights: readonly Topic[]
  expiresAt: number
  readonly revoked: Set<Topic>
  open: boolean
}

test('[D10] however sessions open, attach, renew, expire and end, nobody is told what it may not read then', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const world = setup({ authorise, heartbeatMs: 1000 })
      const { gateway, clock, memory, tails } = world
      const clients: Client[] = []
      const calls: Promise<unknown>[] = []
      const end = (count: number) => clock.wall() + count
      const pick = (index: number) => clients[index % Math.max(1, clients.length)]
      const call = (made: Promise<unknown>) => calls.push(made.catch(() => {}))
      const mayRead = (client: Client, topic: Topic) =>
        client.open && client.rights.includes(topic) && !client.revoked.has(topic) && clock.wall() < client.expiresAt
      const token = (subject: string, may: readonly Topic[], expiresAt: number) => `${subject}|${may}|${expiresAt}`
      const violations: string[] = []
      let made = 0
      for (const each of steps) {
        if (each.kind === 'open') {
          const expiresAt = end(each.ms)
          const { session, peer } = await world.open(token(each.subject, each.rights, expiresAt))
          const client: Client = { ...each, session, peer, expiresAt, revoked: new Set(), open: true }
          const items = peer.items.bind(peer)
          peer.items = (batch) => {
            if (!mayRead(client, batch.topic as Topic)) violations.push(`live ${client.subject} ${batch.topic}`)
            items(batch)
          }
          peer.close = () => {
            client.open = false
          }
          clients.push(client)
        } else if (each.kind === 'attach') {
          const client = pick(each.one)
          if (!client) continue
          const paged = (events: number) => {
            if (events > 0 && !mayRead(client, each.topic)) violations.push(`page ${client.subject} ${each.topic}`)
          }
          call(client.session.attach(each.topic, { seq: 0 }).then(({ events }) => paged(events.length)))
        } else if (each.kind === 'detach') pick(each.one)?.session.detach(each.topic)
        else if (each.kind === 'renew') {
          const client = pick(each.one)
          if (!client) continue
          const expiresAt = end(each.ms)
          call(client.session.renew(token(client.subject, each.rights, expiresAt)))
          await clock.settle()
          Object.assign(client, { rights: each.rights, expiresAt })
          client.revoked.clear()
        } else if (each.kind === 'revoke') {
          gateway.revoke({ subject: each.subject, ...(each.topic && { topic: each.topic }) })
          for (const client of clients)
            if (client.subject === each.subject) {
              if (each.topic) client.revoked.add(each.topic)
              else client.open = false
            }
        } else if (each.kind === 'close') {
          const client = pick(each.one)
          client?.session.close()
          if (client) client.open = false
        } else if (each.kind === 'slow') Object.assign(pick(each.one)?.peer ?? {}, { bufferedBytes: 2_000_000 })
        else if (each.kind === 'drain') pick(each.one)?.peer.drain()
        else if (each.kind === 'append') void memory.append(each.topic, [draft(`e${made++}`)])
        else if (each.kind === 'wait') await clock.advance(each.ms)
        else await clock.settle()
      }
      for (const { peer } of clients) peer.drain()
      await clock.settle()
      const open = clients.filter((client) => client.open)
      expect(gateway.stats().sessions).toBe(open.length)
      for (const { session } of clients) session.close()
      await Promise.all(calls)
      await clock.settle()
      const left = { sessions: 0, readers: 0, topics: 0 }
      expect([gateway.stats(), clock.pending, tails.size]).toEqual([expect.objectContaining(left), 0, 0])
      expect(violations).toEqual([])
      expect(world.records.filter(({ kind }) => kind === 'failed')).toEqual([])
    }),
    { numRuns: 400 },
  )
})
