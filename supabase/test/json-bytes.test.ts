import { type PostgresServer, startPostgres } from '@steadywire/postgres-server'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

  it('the table accepts up to 2,048 bytes, and not one more, as an emitter does', async () => {
    const insert = (payload: unknown) =>
      client.query(
        `insert into public.realtime_events (organization_id, event_type, entity_type, entity_id, payload) values (gen_random_uuid(), 't', 'x', '1', $1)`,
        [JSON.stringify(payload)],
      )
    const padded = values.filter((value) => bytesOf({ value, pad: '' }) <= 2048)
    await fc.assert(
      fc.asyncProperty(padded, async (value) => {
        const pad = 'x'.repeat(2048 - bytesOf({ value, pad: '' }))
        await insert({ value, pad })
        await expect(insert({ value, pad: `${pad}x` })).rejects.toMatchObject({ code: '23514' })
      }),
      { numRuns: 100 },
    )
  })

  it('of numbers that JavaScript does not have, is that of their digits', async () => {
    const { rows } = await client.query(
      `select steadywire.json_bytes('[9007199254740993, 1.0, -0.0, 1.50]') as near, steadywire.json_bytes('1e400') as huge, steadywire.json_bytes('1e-400') as tiny`,
    )
    expect(rows).toEqual([{ near: '[9007199254740993,1,0,1.5]'.length, huge: '1e+400'.length, tiny: '1e-400'.length }])
  })
})
