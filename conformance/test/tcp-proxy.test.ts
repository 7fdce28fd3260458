import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../src/facts.ts'
import { createTcpProxy, type TcpProxy } from '../src/faults/index.ts'

test('what both sides say passes', async () => {
  const { client, server } = await setup()
  server.write('to the client')
  client.socket.write('to the server')
  await until('the text', () => client.heard() === 'to the client')
  await once(server, 'data')
})

test('cut ends the connection in an orderly way, after what was sent', async () => {
  const { proxy, client, server } = await setup()
  server.write('said before')
  await until('the text', () => client.heard() === 'said before')
  proxy.cut()
  await until('the end', () => client.ended())
  expect(client.error()).toBeUndefined()
  await until('the other side to be gone', () => server.destroyed)
})

test('reset breaks the connection off', async () => {
  const { proxy, client } = await setup()
  proxy.reset()
  await until('the error', () => client.error()?.includes('ECONNRESET'))
})

test('a stalled line stays open and says nothing, and goes on when it flows', async () => {
  const { proxy, client, server } = await setup()
  proxy.stall()
  server.write('while stalled')
  await until('the text to leave the server', () => server.writableLength === 0)
  expect([client.heard(), client.ended(), proxy.open]).toEqual(['', false, 1])
  proxy.flow()
  await until('the text', () => client.heard() === 'while stalled')
})

test('a new connection on a stalled line is accepted and hears nothing', async () => {
  const { proxy } = await setup()
  proxy.stall()
  const late = dial(proxy.port)
  await once(late.socket, 'connect')
  await until('the connection', () => proxy.open === 2)
  expect(late.heard()).toBe('')
})

test('cutAfter passes so many bytes and no more', async () => {
  const { proxy, client, server } = await setup()
  proxy.cutAfter(5)
  server.write('1234567890')
  await until('the end', () => client.ended())
  expect(client.heard()).toBe('12345')
})

test('what is throttled arrives whole, also when the server ends the line at once', async () => {
  const { proxy, client, server } = await setup()
  proxy.throttle(100_000)
  server.end('x'.repeat(20_000))
  await until('the end', () => client.ended())
  expect(client.heard().length).toBe(20_000)
})

test('loseNext loses one chunk, and only one', async () => {
  const { proxy, client, server } = await setup()
  const lost = proxy.loseNext('b')
  for (const chunk of ['a', 'b', 'b']) {
    server.write(chunk)
    await until('the chunk to be seen', () => server.writableLength === 0)
    if (chunk === 'b') await lost
    else await until('the chunk', () => client.heard().includes(chunk))
  }
  await until('the second one', () => client.heard() === 'ab')
})

test('what is delayed and throttled arrives whole and in order', async () => {
  const { proxy, client, server } = await setup()
  proxy.delay(20)
  server.write('delayed ')
  await until('the text', () => client.heard() === 'delayed ')
  proxy.delay(0)
  proxy.throttle(20_000)
  server.write('x'.repeat(1000))
  server.write('the end')
  await until('all of it', () => client.heard() === `delayed ${'x'.repeat(1000)}the end`)
})

test('a refused connection is reset, and counted', async () => {
  const { proxy } = await setup()
  proxy.refuse(true)
  const refused = dial(proxy.port)
  await until('the end', () => refused.error() ?? refused.ended())
  expect([proxy.tried, proxy.open]).toEqual([2, 1])
})

interface Client {
  readonly socket: Socket
  heard(): string
  ended(): boolean
  error(): string | undefined
}

async function setup(): Promise<{ proxy: TcpProxy; client: Client; server: Socket }> {
  const listener = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const proxy = await createTcpProxy()
  proxy.target((listener.address() as AddressInfo).port)
  onTestFinished(async () => {
    await proxy.close()
    await new Promise((resolve) => listener.close(resolve))
  })
  const accepted = once(listener, 'connection')
  const client = dial(proxy.port)
  const [server] = (await accepted) as [Socket]
  await until('the connection', () => proxy.open === 1)
  return { proxy, client, server }
}

function dial(port: number): Client {
  const socket = connect({ port, host: '127.0.0.1' })
  let text = ''
  let over = false
  let failure: string | undefined
  socket.on('data', (chunk) => {
    text += chunk.toString()
  })
  socket.on('end', () => {
    over = true
  })
  socket.on('error', (error) => {
    failure = String(error)
  })
  return { socket, heard: () => text, ended: () => over, error: () => failure }
}
