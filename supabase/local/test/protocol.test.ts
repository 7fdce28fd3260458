import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { Supabase } from '../src/index.ts'
import { startForTest, useDatabase } from './setup.ts'

useDatabase(
  'create table notes (id int8 primary key, n numeric)',
  'alter publication supabase_realtime add table notes',
)

async function open(supabase: Supabase, params: Readonly<Record<string, string>> = { vsn: '2.0.0' }) {
  const query = new URLSearchParams({ apikey: supabase.publishableKey, ...params })
  const wire = new WebSocket(`${supabase.url.replace('http', 'ws')}/realtime/v1/websocket?${query}`)
  onTestFinished(() => wire.terminate())
  const arrived: string[] = []
  let wake = () => {}
  wire.on('message', (data) => {
    arrived.push(String(data))
    wake()
  })
  await once(wire, 'open')
  return {
    wire,
    say: (message: unknown) => wire.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async hear(): Promise<string> {
      while (arrived.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      return arrived.shift() ?? ''
    },
  }
}

const join = { config: { postgres_changes: [{ event: '*', schema: 'public', table: 'notes' }] } }

it('numbers arrive as PostgreSQL wrote them', async () => {
  const supabase = await startForTest()
  const { say, hear } = await open(supabase)
  say(['1', '1', 'realtime:a', 'phx_join', join])
  const reply = await hear()
  expect(JSON.parse(reply)).toEqual([
    ...['1', '1', 'realtime:a', 'phx_reply'],
    { status: 'ok', response: { postgres_changes: [{ ...join.config.postgres_changes[0], id: expect.any(Number) }] } },
  ])
  expect(JSON.parse(await hear())).toMatchObject(['1', null, 'realtime:a', 'system', { status: 'ok' }])
  await supabase.sql('insert into notes values (9007199254740993, 0.10)')
  expect(await hear()).toContain('"record":{"n":0.10,"id":9007199254740993}')
})

it('the same wish has the same number, another another', async () => {
  const { say, hear } = await open(await startForTest())
  const [a, b] = [{ schema: 'public', table: 'notes' }, { schema: 'public' }]
  say(['1', '1', 'realtime:a', 'phx_join', { config: { postgres_changes: [a, b, a] } }])
  const [, , , , { response }] = JSON.parse(await hear())
  const ids = response.postgres_changes.map(({ id }: { id: number }) => id)
  expect(ids[0]).toBe(ids[2])
  expect(ids[0]).not.toBe(ids[1])
})

it.each([
  [
    '2.0.0',
    [null, '7', 'phoenix', 'heartbeat', {}],
    [null, '7', 'phoenix', 'phx_reply', { status: 'ok', response: {} }],
  ],
  [
    '1.0.0',
    { topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '7' },
    { topic: 'phoenix', event: 'phx_reply', payload: { status: 'ok', response: {} }, ref: '7' },
  ],
])('heartbeats over vsn %s', async (vsn, beat, answer) => {
  const { say, hear } = await open(await startForTest(), { vsn })
  say(beat)
  expect(JSON.parse(await hear())).toEqual(answer)
})

it('what is not understood is passed over', async () => {
  const { say, hear, wire } = await open(await startForTest())
  for (const nonsense of ['{', '[]', '{}', '[1,2]', 'null']) say(nonsense)
  for (const bytes of [[], [3], [9, 1, 2], [3, 200, 200, 200, 200, 200, 1, 65]]) wire.send(Buffer.from(bytes))
  say([null, '1', 'phoenix', 'heartbeat', {}])
  expect(JSON.parse(await hear()).slice(0, 4)).toEqual([null, '1', 'phoenix', 'phx_reply'])
})

it('topics that are not there, or can not be', async () => {
  const { say, hear } = await open(await startForTest())
  say(['1', '1', 'else:a', 'phx_join', {}])
  expect(JSON.parse(await hear())[4]).toEqual({ status: 'error', response: { reason: 'unmatched topic' } })
  say(['1', '2', 'realtime:a', 'broadcast', { event: 'e' }])
  expect(JSON.parse(await hear())[4]).toEqual({ status: 'error', response: { reason: 'unmatched topic' } })
  say(['1', '3', 'realtime:', 'phx_join', {}])
  expect(JSON.parse(await hear())[4].response).toEqual({ reason: 'TopicNameRequired: You must provide a topic name' })
  say(['1', '4', 'realtime:a', 'phx_leave', {}])
  expect(JSON.parse(await hear())).toEqual(['1', '4', 'realtime:a', 'phx_reply', { status: 'ok', response: {} }])
})

it('a second join of one topic closes the first', async () => {
  const { say, hear } = await open(await startForTest())
  say(['1', '1', 'realtime:a', 'phx_join', {}])
  await hear()
  say(['2', '2', 'realtime:a', 'phx_join', {}])
  expect(JSON.parse(await hear())).toEqual(['1', '1', 'realtime:a', 'phx_close', {}])
  expect(JSON.parse(await hear())).toMatchObject(['2', '2', 'realtime:a', 'phx_reply', { status: 'ok' }])
  say(['2', '3', 'realtime:a', 'phx_leave', {}])
  await hear()
  expect(JSON.parse(await hear())).toEqual(['2', '2', 'realtime:a', 'phx_close', {}])
})

it.each([
  [{ apikey: '' }, 401, 'API key is missing'],
  [{ apikey: 'nonsense' }, 401, 'The token provided is not a valid JWT'],
  [{ apikey: 'expired' }, 401, 'Token has expired'],
])('the key %o is refused at the door', async ({ apikey }, status, error) => {
  const supabase = await startForTest()
  const key = apikey === 'expired' ? supabase.token({ sub: 'a', expiresInS: -1 }) : apikey
  const wire = new WebSocket(`${supabase.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${key}`)
  const [, response] = await once(wire, 'unexpected-response')
  const [body] = await once(response, 'data')
  expect([response.statusCode, JSON.parse(String(body))]).toEqual([status, { error }])
})

it('browsers may ask from anywhere', async () => {
  const supabase = await startForTest()
  const asked = await fetch(`${supabase.url}/rest/v1/notes`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'apikey,authorization,x-client-info',
    },
  })
  expect(asked.status).toBe(204)
  expect(asked.headers.get('access-control-allow-headers')).toBe('apikey,authorization,x-client-info')
  const response = await fetch(`${supabase.url}/rest/v1/notes`, { headers: { apikey: supabase.publishableKey } })
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  expect((await fetch(`${supabase.url}/storage/v1/bucket`)).status).toBe(404)
})
