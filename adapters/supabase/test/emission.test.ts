import { runTransportCase, titleOf, transportCases } from '@steadywire/conformance'
import { createEmitter } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { supabase } from '../src/index.ts'
import { startDatabase, startEndpoint } from './project.ts'
import { type ProjectSource, sourceIn } from './source.ts'

const database = await startDatabase()
afterAll(() => database.close())

describe('a backend with the secret key appends', () => {
  let source: ProjectSource | undefined
  const harness = {
    name: 'supabase-backend',
    async source() {
      source = sourceIn(database, 'changes')
      // The tokens of the suite are of backends: their subject is the producer.
      const { rights } = source
      return {
        ...source,
        rights: { ...rights, issue: (sub = 'reader') => database.token({ sub, role: 'service_role' }) },
      }
    },
    async setup({ heartbeatMs }: { readonly heartbeatMs: number }) {
      const endpoint = await startEndpoint(database)
      source?.serve(endpoint)
      return {
        port: Number(new URL(endpoint.url).port),
        transport: ({ port }: { readonly port: number }) =>
          supabase({ url: `http://127.0.0.1:${port}`, key: endpoint.secretKey, heartbeatMs }),
        close: () => endpoint.close(),
      }
    },
  }
  for (const item of transportCases.filter(({ clause }) => clause.startsWith('E')))
    it(titleOf(item), async () => void (await runTransportCase(harness, item)))
})

it('what a table of the app can not hold is refused at once, and nothing is written', async () => {
  await database.sql(`
    create table public.rooms (id text primary key);
    create table public.talks (
      id text primary key, room text not null references public.rooms, type text not null, data jsonb not null, created_at timestamptz not null default now()
    );
    alter table public.talks enable row level security;
    select steadywire.adopt('public.talks', name => 'talks', prefix => 'talk:', topic_column => 'room')`)
  const endpoint = await startEndpoint(database)
  const emitter = createEmitter({ to: supabase({ url: endpoint.url, key: endpoint.secretKey }), giveUpAfterMs: 3000 })
  const refusal = await emitter.emit('talk:nowhere', 'said', {}).catch((error: unknown) => error)
  expect(refusal).toMatchObject({
    code: 'invalid_draft',
    retryable: false,
    hint: expect.stringContaining('constraints'),
  })
  expect(await database.sql('select from public.talks')).toEqual([])
  await emitter.close()
  await endpoint.close()
  await database.sql(`select steadywire.release('talks'); drop table public.talks, public.rooms`)
})

it('[E1] a backend that follows nothing appends by one connection also while Realtime can not be reached', async () => {
  const endpoint = await startEndpoint(database)
  endpoint.faults.refuseConnections(503)
  const clock = createFakeClock()
  const moves: string[] = []
  const emitter = createEmitter({
    to: supabase({ url: endpoint.url, key: endpoint.secretKey, heartbeatMs: 50, clock }),
    clock,
    observe: (record) => void (record.kind === 'connection' && moves.push(record.to)),
  })
  await emitter.emit('job:no-realtime', 'done', {})
  // A line may be silent for 100 ms; here none is there that could fall silent.
  await clock.advance(1000)
  await emitter.emit('job:no-realtime', 'done', {})
  expect([moves, endpoint.open.sockets]).toEqual([['connecting', 'online'], 0])
  expect(await database.sql(`select from steadywire.events where topic = 'job:no-realtime'`)).toHaveLength(2)
  await emitter.close()
  await endpoint.close()
})

describe('a client key', () => {
  it.each(['anon', 'authenticated'])('[D10] appends nothing as %s, and is told what it takes', async (role) => {
    const endpoint = await startEndpoint(database)
    const emitter = createEmitter({
      to: supabase({ url: endpoint.url, key: endpoint.publishableKey }),
      ...(role === 'authenticated' && { identity: { token: database.token({ sub: 'ann' }) } }),
    })
    const refusal = await emitter.emit('job:1', 'done', {}).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'forbidden', retryable: false, hint: expect.stringContaining('secret') })
    expect(await database.sql(`select from steadywire.events where topic = 'job:1'`)).toEqual([])
    await emitter.close()
    await endpoint.close()
  })

  it.each([
    [{ url: 'nowhere', key: 'k' }, 'url'],
    [{ url: 'http://localhost', key: '' }, 'key'],
  ])('that can not be one is refused at once: %j', (options, field) => {
    expect(() => supabase(options)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(field) }),
    )
  })

  it('of another project is told apart from a token that was refused', async () => {
    const endpoint = await startEndpoint(database)
    const emitter = createEmitter({
      to: supabase({ url: endpoint.url, key: 'sb_publishable_of_another' }),
      giveUpAfterMs: 3000,
    })
    const refusal = await emitter.emit('job:1', 'done', {}).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ message: expect.stringMatching(/key/i) })
    await emitter.close()
    await endpoint.close()
  })
})
