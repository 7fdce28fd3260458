import { createServer } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { createSubscriber } from '@steadywire/core'
import { createGateway, memoryLog } from '@steadywire/server'
import express from 'express'
import { Hono } from 'hono'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sse } from '../src/index.ts'
import { sseHandler, toNode } from '../src/server/index.ts'
import { draft, drafts, serve } from './setup.ts'

const backend = (options: { basePath?: string } = {}) => {
  const log = memoryLog()
  const gateway = createGateway({ log, authorise: 'anyone' })
  onTestFinished(() => gateway.close({ graceMs: 0 }))
  return { log, gateway, events: sseHandler({ gateway, ...options }) }
}

/** Events come through, live and replayed, and appends go back. */
async function works(url: string, log: ReturnType<typeof memoryLog>, options: Partial<Parameters<typeof sse>[0]> = {}) {
  await log.append('job:1', drafts(2))
  const subscriber = createSubscriber({ transport: sse({ url, ...options }) })
  const seen: number[] = []
  const { ready } = subscriber.subscribe('job:1', {
    from: 'start',
    event: ({ seq }) => void seen.push(seq),
    gap: () => {},
  })
  await ready
  await subscriber.append('job:1', [draft('tick', { after: 'ready' })])
  await vi.waitFor(() => expect(seen).toEqual([1, 2, 3]))
  await subscriber.close()
}

describe('mounted in', () => {
  test('Hono, by a route and by mount', async () => {
    const { log, events, gateway } = backend()
    const mounted = backend()
    const app = new Hono()
    app.all('/events/*', (context) => events(context.req.raw))
    app.mount('/mounted', mounted.events)
    const server = createAdaptorServer({ fetch: app.fetch })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    await works(`${origin}/events`, log)
    await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0))
    await works(`${origin}/mounted`, mounted.log)
  })

  test('Express, beside a parser of bodies', async () => {
    const { log, events, gateway } = backend()
    const app = express()
    app.use(express.json())
    app.use('/events', toNode(events))
    const { url } = await serve(createServer(app).listeners('request')[0] as never)
    await works(`${url}/events`, log)
    await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0))
  })

  test('anything that calls GET and POST with web requests, such as Next', async () => {
    const { log, events, gateway } = backend({ basePath: '/api/events' })
    const { GET, POST, OPTIONS } = events
    const call = (input: string | URL | Request, init?: RequestInit) => {
      const request = new Request(input, init)
      return request.method === 'GET' ? GET(request) : POST(request)
    }
    await works('http://localhost/api/events', log, { fetch: call })
    await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0))
    expect((await OPTIONS(new Request('http://localhost/api/events/stream', { method: 'OPTIONS' }))).status).toBe(204)
    expect((await GET(new Request('http://localhost/elsewhere/topics/a'))).status).toBe(404)
    expect((await GET(new Request('http://localhost/api/eventsx/topics/a'))).status).toBe(404)
  })
})

describe('a web stream', () => {
  const open = async (events: ReturnType<typeof backend>['events']) => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: '{"topics":[["a",null]]}' }
    const response = await events(new Request('http://localhost/stream', init))
    const reader = response.body?.getReader()
    if (!reader) throw new Error('a body')
    return reader
  }

  test('[D8] that is not pulled from makes the gateway fall back to the log', async () => {
    const log = memoryLog()
    const gateway = createGateway({ log, authorise: 'anyone', limits: { maxBufferedBytes: 10_000 } })
    onTestFinished(() => gateway.close({ graceMs: 0 }))
    const reader = await open(sseHandler({ gateway }))
    await vi.waitFor(() => expect(gateway.stats().readers).toBe(1))
    for (let count = 0; count < 50; count++) {
      await log.append('a', [draft('tick', 'x'.repeat(1000))])
      await new Promise(setImmediate)
    }
    expect(gateway.stats().fallbacks).toBe(1)
    let text = ''
    const decoder = new TextDecoder()
    while (!text.includes('"seq":50,')) text += decoder.decode((await reader.read()).value)
    const seqs = new Set([...text.matchAll(/"seq":(\d+),/g)].map(([, seq]) => seq))
    expect(seqs.size).toBe(50)
    await reader.cancel()
    expect(gateway.stats().sessions).toBe(0)
  })

  test('ends after a last word when the server drains', async () => {
    const { gateway, events } = backend()
    const reader = await open(events)
    const closed = gateway.close({ graceMs: 5000 })
    let text = ''
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
      text += new TextDecoder().decode(chunk.value)
    expect(text).toMatch(/data: \{"closing":\{"kind":"retry","code":"going_away".*\}\}\n\n$/)
    await closed
  })
})
