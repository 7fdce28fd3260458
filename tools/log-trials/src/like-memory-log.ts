import type { Draft, Retention } from '@steadywire/core'
import { type EventLog, type MemoryLogOptions, memoryLog } from '@steadywire/server'
import fc from 'fast-check'
import { expect } from 'vitest'

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

/** A log does what the memory log does, by whichever of two instances: any appends and reads, in runs of up to 30. */
export async function expectLikeMemoryLog(open: (options: { retention: Retention }) => EventLog, numRuns: number) {
  let runs = 0
  const settings = fc.record({ retention: fc.constantFrom({}, { maxEvents: 1 }, { maxEvents: 4 }, { maxEvents: 0 }) })
  const logs = new Map<string, EventLog[]>()
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(fc.tuple(step, fc.boolean()), { maxLength: 30, size: 'max' }),
      async ({ retention }, steps) => {
        const name = JSON.stringify(retention)
        const pair = logs.get(name) ?? [open({ retention }), open({ retention })]
        logs.set(name, pair)
        const model = memoryLog({ retention } satisfies MemoryLogOptions)
        const topic = `run:${++runs}`
        let epochs: { tried?: string | undefined; model?: string | undefined } = {}
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
              tried: (await log.read(topic, { limit: 0 })).epoch,
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
          const { throughMark, ...page } = await log.read(topic, range(epochs.tried))
          const { throughMark: expected, ...as } = await model.read(topic, range(epochs.model))
          expect(plain(page)).toEqual(plain(as))
          expect([expected, undefined], 'a mark that is said is right').toContain(throughMark)
          if (page.events.length > 0 || page.through === page.head) expect(throughMark).toEqual(expected)
        }
      },
    ),
    { numRuns },
  )
}
