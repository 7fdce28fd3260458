import type { Draft } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { type MemoryLogOptions, memoryLog } from '@steadywire/server'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { logForTest, redisForTest } from './setup.ts'

const id = fc.constantFrom('id-000001', 'id-000002', 'id-000003', 'id-000004', 'id-000005', 'id-000006', 'id-000007')
const draft = fc.record(
  {
    id,
    type: fc.constantFrom('a', 'b"\\ü'),
    data: fc.jsonValue({ maxDepth: 2 }),
    key: fc.constantFrom('k1', 'k2', 'i/k\n'),
    actor: fc.constantFrom('me', '☃'),
    final: fc.constant(true as const),
  },
  { requiredKeys: ['id', 'type', 'data'] },
)
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      // A final event ends a run: most drafts are none.
      drafts: fc.array(
        draft.chain((each) => fc.nat(9).map((die): Draft => (die === 0 ? each : withoutEnd(each)))),
        { minLength: 1, maxLength: 5 },
      ),
      scope: fc.constantFrom('', 'x', 'x/y'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      after: fc.option(fc.record({ seq: fc.nat(25), mark: fc.option(id, { nil: undefined }), known: fc.boolean() }), {
        nil: undefined,
      }),
      limit: fc.oneof(fc.nat(6), fc.constant(17)),
      before: fc.option(fc.nat(25), { nil: undefined }),
      last: fc.boolean(),
    }),
  },
)

function withoutEnd({ final: _, ...rest }: Draft): Draft {
  return rest
}

it('does what the memory log does, by whichever of two instances', { timeout: 60_000 }, async () => {
  const server = await redisForTest()
  let runs = 0
  const settings = fc.record({ retention: fc.constantFrom({}, { maxEvents: 1 }, { maxEvents: 4 }, { maxEvents: 0 }) })
  const logs = new Map<string, ReturnType<typeof logForTest>[]>()
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(fc.tuple(step, fc.boolean()), { maxLength: 30, size: 'max' }),
      async ({ retention }, steps) => {
        const name = JSON.stringify(retention)
        const pair = logs.get(name) ?? [logForTest(server, { retention }), logForTest(server, { retention })]
        logs.set(name, pair)
        const model = memoryLog({ retention } satisfies MemoryLogOptions)
        const topic = `run:${++runs}`
        let epochs: { redis?: string | undefined; model?: string | undefined } = {}
        const plain = (value: unknown) =>
          JSON.parse(JSON.stringify(value, (key, inner) => (key === 'epoch' ? 'epoch' : key === 'time' ? 0 : inner)))
        for (const [action, second] of steps) {
          const log = pair[second ? 1 : 0] ?? model
          if (action.kind === 'append') {
            const by = { scope: action.scope }
            const outcome = (each: Pick<typeof model, 'append'>) =>
              each.append(topic, action.drafts, by).then(plain, (thrown) => [thrown.code, thrown.kind])
            expect(await outcome(log)).toEqual(await outcome(model))
            epochs = {
              redis: (await log.read(topic, { limit: 0 })).epoch,
              model: (await model.read(topic, { limit: 0 })).epoch,
            }
            continue
          }
          const range = (epoch: string | undefined) => ({
            limit: action.limit,
            ...(action.before !== undefined && { before: action.before }),
            ...(action.last && { last: true }),
            ...(action.after && {
              after: {
                seq: action.after.seq,
                ...(action.after.known && epoch !== undefined && { epoch }),
                ...(action.after.mark !== undefined && { mark: action.after.mark.slice(-8) }),
              },
            }),
          })
          const { throughMark, ...page } = await log.read(topic, range(epochs.redis))
          const { throughMark: expected, ...as } = await model.read(topic, range(epochs.model))
          expect(plain(page)).toEqual(plain(as))
          expect([expected, undefined], 'a mark that is said is right').toContain(throughMark)
          if (page.events.length > 0 || page.through === page.head) expect(throughMark).toEqual(expected)
        }
      },
    ),
    { numRuns: 250 },
  )
})

it('[D4g] keeps events for their age, and no longer, whether or not anything is appended', async () => {
  const server = await redisForTest()
  const log = logForTest(server, { retention: { maxAgeMs: 300 } })
  const made: number[] = []
  const started = performance.now()
  while (performance.now() - started < 900) {
    const [one] = await log.append('t:1', [{ id: `id-${made.length}-12345678`, type: 'x', data: null }])
    made.push(one?.position.seq ?? 0)
    const page = await log.read('t:1', { limit: 10_000 })
    const now = page.events.at(-1)?.time ?? 0
    expect(page.events.map(({ seq }) => seq)).toEqual(page.events.map((_, index) => page.oldest + index))
    for (const { time } of page.events) expect(now - time).toBeLessThan(320)
  }
  const { oldest, head, epoch = '', mark = '' } = await log.read('t:1', { limit: 1 })
  expect(oldest).toBeGreaterThan(1)
  await expect
    .poll(() => log.read('t:1', { limit: 10, after: { epoch, seq: head - 1 } }))
    .toMatchObject({
      oldest: head + 1,
      head,
      through: head,
      throughMark: mark,
      events: [],
    })
  await expect
    .poll(() => log.read('t:1', { limit: 10, after: { epoch, seq: head, mark: 'another0' } }))
    .toMatchObject({ rewound: true })
  const [next] = await log.append('t:1', [{ id: 'next', type: 'x', data: null }])
  expect(next?.position).toMatchObject({ seq: head + 1, epoch })
  const below = await log.read('t:1', { limit: 10, after: { epoch, seq: head, mark: 'another0' } })
  expect([below.oldest, below.rewound]).toEqual([head + 1, true])
})

it('[E2b] forgets ids and keys after the window, a few with each append, and the oldest above the limit', async () => {
  const server = await redisForTest()
  const log = logForTest(server, { keyWindowMs: 100 })
  const one = { id: 'one', type: 'x', data: null, key: 'k' }
  await log.append('t:1', [one])
  expect(await log.append('t:1', [one])).toMatchObject([{ duplicate: true }])
  const filler = (n: number) => ({ id: `filler-${n}`, type: 'x', data: null })
  let n = 0
  await expect
    .poll(async () => {
      await log.append('t:1', [filler(n++)])
      const [answer] = await log.append('t:1', [one])
      return answer?.duplicate
    })
    .toBe(false)
  const small = logForTest(server, { maxRemembered: 3 })
  for (const n of [1, 2, 3, 4, 5, 6]) await small.append('t:2', [filler(n)])
  const [newest] = await small.append('t:2', [filler(6)])
  expect(newest?.duplicate).toBe(true)
  const [oldest] = await small.append('t:2', [filler(1)])
  expect(oldest?.duplicate).toBe(false)
})

it('a topic that is forgotten leaves nothing in Redis', async () => {
  const server = await redisForTest()
  const log = logForTest(server, { forgetIdleMs: 150, clock: createFakeClock() })
  await log.append('t:1', [{ id: 'one', type: 'x', data: null, final: true }])
  const { epoch } = await log.read('t:1', { limit: 1 })
  await expect.poll(() => log.read('t:1', { limit: 1 })).toEqual({ oldest: 1, head: 0, through: 0, events: [] })
  const [born] = await log.append('t:1', [{ id: 'one', type: 'x', data: null }])
  expect(born).toMatchObject({ position: { seq: 1 }, duplicate: false })
  expect(born?.position.epoch).not.toBe(epoch)
})
