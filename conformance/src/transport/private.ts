import { isWireError } from '@steadywire/core'
import { draft } from '../drafts.ts'
import { assert, deferred, never, range, rejection, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { lastSeqOf } from './direct.ts'
import { readerSubject, type TransportWorld } from './world.ts'

/** D10, D10a: rights are kept, on every way. */
export const privacy: readonly Case<TransportWorld>[] = [
  {
    clause: 'D10',
    name: 'private/a-forbidden-topic-says-nothing',
    async run(world) {
      const secret = `${world.topic}:secret`
      await world.log.append(secret, [draft('a secret that must not leak')])
      await world.rights.forbid(secret)
      const direct = await world.direct()
      const { connection } = direct
      const { signal } = new AbortController()
      const heard: unknown[] = []
      const sink = {
        events: (items: unknown) => heard.push(items),
        head: (at?: unknown) => heard.push(at),
        lost: () => {},
      }
      const refusals = [
        await rejection('attaching', connection.attach(secret, { seq: 0 }, sink, signal)),
        await rejection('reading', connection.read(secret, { limit: 10 }, signal)),
      ]
      if (connection.append) refusals.push(await rejection('appending', connection.append(secret, [draft(1)], signal)))
      for (const error of refusals) {
        assert.ok(isWireError(error), `a WireError, not ${String(error)}`)
        assert.deepEqual([error.kind, error.code], ['refused', 'forbidden'])
        assert.ok(!`${error.message} ${error.hint}`.includes('must not leak'))
      }
      const heads = await connection.heads?.([secret, world.topic], signal).catch(() => new Map())
      assert.ok(!heads?.has(secret), 'not even its head')
      await world.log.append(secret, [draft(2)])
      await never('anything of the secret topic on the sink', () => heard.length > 0, 200)
      assert.equal((await world.log.read(secret, { limit: 1 })).head, 2, 'nothing was appended')
    },
  },
  {
    clause: 'D10',
    name: 'private/hidden-events-never-come',
    async run(world) {
      await world.rights.hide(({ data }) => data === 'hidden')
      const direct = await world.direct()
      const feed = await direct.attach(world.topic)
      await world.log.append(world.topic, [draft('shown'), draft('hidden'), draft('hidden'), draft('shown')])
      // A wire that can't hide single events tells only where the head is.
      const told = () => feed.items.some((item) => lastSeqOf(item) >= 4) || feed.heads.some((at) => at?.seq === 4)
      await until('the feed to tell of the last event', told)
      const page = await direct.connection.read(world.topic, { limit: 10 }, new AbortController().signal)
      assert.ok(!JSON.stringify([feed.items, page]).includes('hidden'))
      assert.deepEqual([page.through, page.head], [4, 4])
    },
  },
  {
    clause: 'D10',
    name: 'private/a-token-that-is-not-known-opens-nothing',
    async run(world) {
      const { error } = await openWith(world, 'forged')
      assert.ok(isWireError(error), `a WireError, not ${String(error)}`)
      assert.deepEqual([error.kind, error.token], ['auth', 'forged'], 'says which token was refused')
      assert.ok(!`${error.message} ${error.hint} ${JSON.stringify(error)}`.includes('forged'), 'and does not print it')
    },
  },
  {
    clause: 'D10a',
    name: 'private/a-revoked-right-stops-the-feed',
    async run(world) {
      const direct = await world.direct()
      const feed = await direct.attach(world.topic)
      await world.append(3)
      await feed.reached(3)
      await world.revoke(world.topic, readerSubject)
      await world.append(5)
      await until('the feed to be lost', () => feed.lost.length > 0 || direct.ends.length > 0)
      await world.append(5)
      await never(
        'an event after the right was lost',
        () => feed.items.some((item) => !('skip' in item) && item.seq > 3),
        100,
      )
      assert.ok(feed.lost.length <= 1, '`lost` is called once')
      await rejection('reading on', direct.connection.read(world.topic, { limit: 10 }, new AbortController().signal))
    },
  },
  {
    clause: 'D10a',
    name: 'private/what-is-queued-is-dropped',
    async run(world) {
      const busy = deferred()
      const reader = world.follow({ from: 'start', onEvent: (event) => (event.seq === 2 ? busy.promise : undefined) })
      await world.append(20)
      await reader.reached(2)
      await world.revoke(world.topic, readerSubject)
      await until('the refusal', () => reader.subscription.status === 'refused')
      busy.resolve()
      await never('a queued event after the right was lost', () => reader.events.length > 2, 100)
    },
  },
  {
    clause: 'D10a',
    name: 'private/an-expired-right-ends-the-feed',
    async run(world) {
      const token = world.rights.issue(readerSubject, 500)
      const reader = world.follow({ from: 'start' }, { identity: { subject: readerSubject, token } })
      await world.append(5)
      await reader.reached(5)
      await until(
        'the right to be over',
        () => reader.subscription.status !== 'live' || reader.subscriber.state !== 'online',
      )
      await world.append(5)
      await never('an event after the right expired', () => reader.events.length > 5, 200)
    },
  },
  {
    clause: 'D10a',
    name: 'private/another-identity-hears-nothing-of-the-former',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await world.append(3)
      await reader.reached(3)
      await world.rights.forbid(world.topic, 'guest')
      await reader.subscriber.changeIdentity({ subject: 'guest', token: world.rights.issue('guest') })
      await world.append(3)
      await until('the refusal', () => reader.subscription.status === 'refused')
      await never('an event for the new identity', () => reader.events.length > 3, 60)
    },
  },
  {
    clause: 'D10',
    name: 'private/topics-of-one-connection-do-not-mix',
    async run(world) {
      const subscriber = world.subscriber()
      const names = range(1, 8).map((n) => `${world.topic}:${n}`)
      const readers = names.map((name) => world.record(subscriber, name, { from: 'start' }))
      await Promise.all(names.map((name) => world.append(20, name)))
      await Promise.all(readers.map((reader) => reader.reached(20)))
      for (const [index, reader] of readers.entries()) {
        reader.assertExactly(1, 20)
        assert.ok(reader.events.every((event) => event.topic === names[index]))
      }
    },
  },
]

async function openWith(world: TransportWorld, token: string): Promise<{ error: unknown }> {
  try {
    const direct = await world.direct(token)
    return { error: await until('the connection to be refused', () => direct.ends[0]) }
  } catch (error) {
    return { error }
  }
}
