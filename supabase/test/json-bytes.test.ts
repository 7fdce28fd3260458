import { createEmitter, defineTopic } from '@steadywire/core'
import { type PostgresServer, startPostgres } from '@steadywire/postgres-server'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { applyMigrations } from './setup.ts'

let server: PostgresServer
let client: pg.Client

beforeAll(async () => {
  server = await startPostgres({ config: { fsync: 'off' } })
  // Without any of Supabase: what belongs to it does nothing here.
  await applyMigrations(server.url)
  client = new pg.Client(server.url)
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await server?.close()
})

/** What an emitter accepts and jsonb can keep: it has no NUL, and no halves of characters. */
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc
    .tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: -30, max: 30 }))
    .map(([n, power]) => Number(`${n}e${power}`)),
)
const texts = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ' '))
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(null, true, false, '', ', ', '": "', '\\'),
    numbers,
    texts,
    fc.array(tie('value')),
    fc.dictionary(texts, tie('value')),
  ),
}))

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

describe('the size of a payload', () => {
  it('is what JSON.stringify makes of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(values, { minLength: 50, maxLength: 100 }), async (batch) => {
        const { rows } = await client.query(
          'select steadywire.json_bytes(value::jsonb) as bytes from unnest($1::text[]) with ordinality as v (value, n) order by n',
          [batch.map((value) => JSON.stringify(value))],
        )
        expect(rows.map(({ bytes }) => bytes)).toEqual(batch.map(bytesOf))
      }),
      { numRuns: 60 },
    )
  })

  it('lets the table take what an emitter accepts, and refuse what it refuses', async () => {
    const org = defineTopic('org:{id}', { changed: z.unknown() }, { maxBytes: 2048 })
    let sent: unknown
    const emitter = createEmitter({
      to: {
        async append(_, [draft]) {
          sent = draft?.data
          return [{ position: { seq: 1 }, duplicate: false }]
        },
      },
    })
    const outcome = (call: Promise<unknown>, refusal: string) =>
      call.then(
        () => 'accepted',
        (thrown: unknown) => {
          if (Object(thrown).code !== refusal) throw thrown
          return 'refused'
        },
      )
    const insert = (payload: unknown) =>
      client.query(
        `insert into public.realtime_events (organization_id, event_type, payload) values (gen_random_uuid(), 'changed', $1)`,
        [JSON.stringify(payload)],
      )
    /** As many bytes as are allowed, one less, one more, or whatever comes. */
    const sized = fc.oneof(
      values,
      fc.tuple(values, fc.integer({ min: -1, max: 1 })).map(([value, more]) => {
        const room = 2048 + more - bytesOf({ value, pad: '' })
        return { value, pad: 'x'.repeat(Math.max(0, room)) }
      }),
    )
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(sized, async (value) => {
        const emitted = await outcome(emitter.emit(org({ id: '7' }), 'changed', value), 'too_large')
        seen.add(emitted)
        expect(await outcome(insert(emitted === 'accepted' ? sent : value), '23514')).toBe(emitted)
      }),
      { numRuns: 300 },
    )
    expect(seen).toEqual(new Set(['accepted', 'refused']))
    await emitter.close()
  })

  it('of numbers that JavaScript does not have, is that of their digits', async () => {
    const { rows } = await client.query(
      `select steadywire.json_bytes('[9007199254740993, 1.0, -0.0, 1.50]') as near, steadywire.json_bytes('1e400') as huge, steadywire.json_bytes('1e-400') as tiny`,
    )
    expect(rows).toEqual([{ near: '[9007199254740993,1,0,1.5]'.length, huge: '1e+400'.length, tiny: '1e-400'.length }])
  })
})
