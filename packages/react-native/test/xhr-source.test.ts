import { createSubscriber, type SteadywireError } from '@steadywire/core'
import { sse } from '@steadywire/sse'
import { JSDOM } from 'jsdom'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type XhrSourceOptions, xhrSource } from '../src/xhr-source.ts'
import { listen, serveEvents } from './server.ts'

/** A page of that origin: its XMLHttpRequest is a real one, whose text grows. */
function xhrOf(url: string) {
  const { window } = new JSDOM('', { url })
  onTestFinished(() => window.close())
  return window.XMLHttpRequest
}

async function follow(options: XhrSourceOptions = {}, topics: readonly string[] = ['job:1']) {
  const server = await serveEvents({ heartbeatMs: 200 })
  onTestFinished(server.close)
  const open = xhrSource({ XMLHttpRequest: xhrOf(server.url), ...options })
  const subscriber = createSubscriber({ transport: sse({ url: server.url, open }) })
  onTestFinished(() => subscriber.close())
  const seqs: Record<string, number[]> = {}
  const states: string[] = []
  const errors: SteadywireError[] = []
  subscriber.on('state', ({ state }) => states.push(state))
  subscriber.on('error', (error) => errors.push(error))
  const start = () =>
    Promise.all(
      topics.map((topic) => {
        const list: number[] = []
        seqs[topic] = list
        const event = ({ seq }: { readonly seq: number }): void => void list.push(seq)
        return subscriber.subscribe(topic, { from: 'start', event, gap: () => void list.push(-1) }).ready
      }),
    )
  return { ...server, subscriber, seqs, states, errors, start }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('Server-Sent Events by XMLHttpRequest', () => {
  it('replay what is there and bring what comes, as it comes', async () => {
    const { append, start, seqs, streams, errors } = await follow()
    await append('job:1', 3)
    await start()
    expect(seqs['job:1']).toEqual([1, 2, 3])
    await append('job:1', 2)
    await vi.waitFor(() => expect(seqs['job:1']).toEqual([1, 2, 3, 4, 5]))
    expect(streams).toHaveLength(1)
    expect(streams[0]).toMatchObject({ accept: 'text/event-stream' })
    expect(errors).toEqual([])
  })

  it('are opened anew before the text becomes too long, with nothing lost and no attempt counted', async () => {
    const { append, start, seqs, streams, subscriber, errors, states } = await follow({ maxChars: 20_000 })
    await start()
    for (let burst = 0; burst < 20; burst += 1) {
      await append('job:1', 10, 500)
      await vi.waitFor(() => expect(seqs['job:1']).toHaveLength((burst + 1) * 10))
    }
    expect(seqs['job:1']).toEqual(upTo(200))
    expect(streams.length).toBeGreaterThan(3)
    expect(streams.length).toBeLessThan(10)
    expect(subscriber.connection.attempt).toBe(0)
    expect(errors).toEqual([])
    expect(states).not.toContain('failed')
  })

  it('come forward with each request, although one event alone is too long', async () => {
    const { append, start, seqs, errors } = await follow({ maxChars: 1000 }, ['job:1', 'job:2', 'job:3'])
    for (const topic of ['job:1', 'job:2', 'job:3']) await append(topic, 4, 5000)
    await start()
    await append('job:2', 2, 5000)
    await vi.waitFor(() => expect(seqs).toEqual({ 'job:1': upTo(4), 'job:2': upTo(6), 'job:3': upTo(4) }))
    expect(errors).toEqual([])
  })

  it('end with the server, and go on with its successor', async () => {
    const { append, start, seqs, states, cut } = await follow()
    await append('job:1', 1)
    await start()
    await cut()
    await vi.waitFor(() => expect(states).toContain('waiting'))
    expect(seqs['job:1']).toEqual([1])
  })
})

describe('the source', () => {
  const ask = (url: string, signal = new AbortController().signal) =>
    xhrSource({ XMLHttpRequest: xhrOf(url) })({ url, method: 'POST', headers: {}, body: '{}', signal })

  it('hands back an answer of any status, with its headers and its text', async () => {
    const server = await listen((_, response) => {
      response.writeHead(503, { 'retry-after': '7' }).end('later')
    })
    onTestFinished(server.close)
    const { status, headers, chunks } = await ask(server.url)
    expect([status, headers.get('retry-after'), headers.get('x-none')]).toEqual([503, '7', null])
    expect(await chunks.next()).toEqual({ done: false, value: 'later' })
    expect(await chunks.next()).toEqual({ done: true, value: undefined })
  })

  it('rejects when nobody answers', async () => {
    const server = await listen(() => {})
    await server.close()
    await expect(ask(server.url)).rejects.toThrow('The connection was lost')
  })

  it('ends with an error when the line breaks, and keeps what came before', async () => {
    const server = await listen((_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('first', () => setImmediate(() => response.destroy()))
    })
    onTestFinished(server.close)
    const { chunks } = await ask(server.url)
    expect(await chunks.next()).toEqual({ done: false, value: 'first' })
    await expect(chunks.next()).rejects.toThrow('The connection was lost')
  })

  it.each(['\n', '\r\n', '\r'])('ends behind the event that is too much, whose lines end by %j', async (newline) => {
    const event = `data: 1${newline}${newline}`
    const server = await listen((_, response) => {
      response.writeHead(200)
      response.write(`${event.repeat(20)}data: `)
    })
    onTestFinished(server.close)
    const open = xhrSource({ XMLHttpRequest: xhrOf(server.url), maxChars: 100 })
    const { signal } = new AbortController()
    const { chunks } = await open({ url: server.url, method: 'POST', headers: {}, body: '{}', signal })
    expect(await chunks.next()).toEqual({ done: false, value: event.repeat(20) })
    await expect(chunks.next()).rejects.toMatchObject({ code: 'superseded' })
  })

  it('[C7a] gives up when told to: before it is asked, before it is answered, and while it waits', async () => {
    let closed = 0
    const server = await listen((request, response) => {
      response.on('close', () => {
        closed += 1
      })
      if (request.url === '/open') response.writeHead(200).flushHeaders()
    })
    onTestFinished(server.close)
    await expect(ask(server.url, AbortSignal.abort())).rejects.toThrow('given up')
    const early = new AbortController()
    const unanswered = ask(server.url, early.signal)
    early.abort()
    await expect(unanswered).rejects.toThrow('given up')
    const late = new AbortController()
    const { chunks } = await ask(`${server.url}/open`, late.signal)
    const waiting = chunks.next()
    late.abort()
    await expect(waiting).rejects.toThrow('given up')
    await vi.waitFor(() => expect(closed).toBeGreaterThan(0))
  })
})
