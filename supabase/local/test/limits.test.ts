import { expect, it, vi } from 'vitest'
import { connect, listen, ready, startForTest, subscribed, useDatabase, waiting } from './setup.ts'

useDatabase(
  'create table notes (id int4 primary key, text text)',
  'alter publication supabase_realtime add table notes',
)

it('channels of one connection', async () => {
  const supabase = await startForTest({ limits: { channelsPerConnection: 2 } })
  const client = await connect(supabase)
  const [one, two] = [listen(client.channel('1')), listen(client.channel('2'))]
  await Promise.all([subscribed(one), subscribed(two)])
  const three = listen(client.channel('3'))
  await vi.waitFor(() => expect(three.errors[0]).toBe('ChannelRateLimitReached: Too many channels'), waiting)
  await one.channel.unsubscribe()
  await subscribed(three)
})

it('a hundred channels of one connection by default', async () => {
  const supabase = await startForTest({ limits: { joinsPerSecond: 1_000 } })
  const client = await connect(supabase)
  const all = Array.from({ length: 100 }, (_, n) => listen(client.channel(`${n}`)))
  await Promise.all(all.map(subscribed))
  const over = listen(client.channel('over'))
  await vi.waitFor(() => expect(over.errors[0]).toBe('ChannelRateLimitReached: Too many channels'), waiting)
})

it('joins per second: the connection ends', async () => {
  const supabase = await startForTest({ limits: { joinsPerSecond: 2 } })
  const client = await connect(supabase)
  const all = ['1', '2', '3'].map((name) => listen(client.channel(name)))
  await vi.waitFor(() => expect(all.flatMap(({ errors }) => errors)).toContain(tooMany), waiting)
  await vi.waitFor(
    () => expect(all.filter(({ statuses }) => statuses.includes('CHANNEL_ERROR'))).toHaveLength(3),
    waiting,
  )
})

const tooMany = 'ClientJoinRateLimitReached: Too many joins per second'

it('connections', async () => {
  const supabase = await startForTest({ limits: { connections: 1 } })
  const one = await connect(supabase)
  await subscribed(listen(one.channel('a')))
  const two = listen((await connect(supabase)).channel('a'))
  await vi.waitFor(() => expect(two.statuses).toContain('CHANNEL_ERROR'), waiting)
  await one.realtime.disconnect()
  await subscribed(listen((await connect(supabase)).channel('a')))
})

it('the size of a broadcast', async () => {
  const supabase = await startForTest({ limits: { broadcastBytes: 1_000 } })
  const heard = listen((await connect(supabase)).channel('size'))
  const sender = (await connect(supabase)).channel('size', { config: { broadcast: { ack: true } } })
  await Promise.all([subscribed(heard), subscribed(listen(sender))])
  const send = (length: number) => sender.send({ type: 'broadcast', event: 'e', payload: { text: 'x'.repeat(length) } })
  expect(await send(1_000)).toBe('error')
  await expect(sender.httpSend('e', { text: 'x'.repeat(1_000) })).rejects.toThrow()
  await supabase.sql(`select realtime.send(jsonb_build_object('text', repeat('x', 1000)), 'e', 'size', false)`)
  expect(await send(100)).toBe('ok')
  await vi.waitFor(() => expect(heard.broadcasts).toMatchObject([{ payload: { text: 'x'.repeat(100) } }]), waiting)
})

it('the size of a row', async () => {
  const supabase = await startForTest({ limits: { changeBytes: 100 } })
  const heard = listen((await connect(supabase)).channel('rows'), { table: 'notes' })
  await ready(heard)
  await supabase.sql(`insert into notes values (1, repeat('x', 100)), (2, 'y')`)
  await vi.waitFor(() => expect(heard.changes).toHaveLength(2), waiting)
  expect(heard.changes).toMatchObject([
    { errors: ['Error 413: Payload Too Large'], new: { id: 1 } },
    { errors: null, new: { id: 2, text: 'y' } },
  ])
})

it('messages per second: broadcasts close their channel, row changes are passed over', async () => {
  const supabase = await startForTest({ limits: { messagesPerSecond: 3 } })
  const rows = listen((await connect(supabase)).channel('rows'), { table: 'notes' })
  await ready(rows)
  await supabase.sql('insert into notes select n from generate_series(11, 20) n')
  await vi.waitFor(() => expect(rows.changes).toHaveLength(3), waiting)
  const talk = listen((await connect(supabase)).channel('talk'))
  await subscribed(talk)
  for (const _ of [1, 2, 3, 4]) await talk.channel.send({ type: 'broadcast', event: 'e', payload: {} })
  await vi.waitFor(() => expect(talk.statuses).toContain('CLOSED'), waiting)
  expect(talk.systems).toMatchObject([{ status: 'error', message: 'Too many messages per second' }])
  expect(rows.changes).toHaveLength(3)
})
