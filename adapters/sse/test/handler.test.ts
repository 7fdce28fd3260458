import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { WireEvent } from '@steadywire/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import * as z from 'zod'
import { draft, drafts, setup } from './setup.ts'

const json = { 'content-type': 'application/json' }
const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const error = async (response: Response) => ({ status: response.status, ...(await response.json()).error })

describe('requests without our client', () => {
  test('append, then read the history, from either end', async () => {
    const { url } = await setup()
    const appended = await post(`${url}/append`, { topic: 'a/b:1', drafts: drafts(5) })
    expect(appended.status).toBe(200)
    expect((await appended.json()).appended).toHaveLength(5)
    const history = async (query: string) =>
      (await fetch(`${url}/history/${encodeURIComponent('a/b:1')}${query}`)).json()
    const { page } = await history('')
    expect(page.events.map(({ seq }: WireEvent) => seq)).toEqual([1, 2, 3, 4, 5])
    const second = page.events[1]
    const after = await history(`?after=2~${second.id.slice(-8)}~${page.epoch}&limit=2`)
    expect(after.page).toMatchObject({ through: 4, events: [{ seq: 3 }, { seq: 4 }] })
    expect((await history('?last=1&limit=1')).page.events).toMatchObject([{ seq: 5 }])
  })

  test('commands', async () => {
    const { url, gateway } = await setup()
    gateway.command('double', z.object({ n: z.number() }), ({ data }) => ({ doubled: data.n * 2 }))
    expect(await (await post(`${url}/commands/double`, { data: { n: 4 } })).json()).toEqual({ result: { doubled: 8 } })
    expect((await post(`${url}/commands/double`, { data: { n: 'x' } })).status).toBe(400)
    expect((await post(`${url}/commands/unheard`, {})).status).toBe(404)
    expect((await post(`${url}/commands/private-command`, {}, { authorization: 'Bearer bob' })).status).toBe(403)
  })

  test('a stream, opened by hand: hello, then a page for each topic, then what comes', async () => {
    const { url, log } = await setup()
    await log.append('a', drafts(1))
    const abort = new AbortController()
    onTestFinished(() => abort.abort())
    const response = await fetch(`${url}/stream`, {
      method: 'POST',
      headers: json,
      body: '{"topics":[["a","0~~"]]}',
      signal: abort.signal,
    })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    let text = ''
    const pump = response.body?.pipeTo(
      new WritableStream({
        write(chunk) {
          text += new TextDecoder().decode(chunk)
        },
      }),
    )
    pump?.catch(() => {})
    await vi.waitFor(() => expect(text).toContain('attached'))
    expect(text).toMatch(
      /^data: \{"hello":\{"v":1,"stream":"[\w-]{22}","heartbeatMs":15000\}\}\n\ndata: \{"attached":"a","page":\{/,
    )
    await log.append('a', [draft('tick', 'zwei\nZeilen')])
    await vi.waitFor(() =>
      expect(text).toMatch(/data: \{"topic":"a","epoch":"\S+","prev":"\S+","items":\[\{.*"seq":2.*\}\]\}\n\n$/),
    )
    expect(text).toContain('"zwei\\nZeilen"')
  })
})

describe('what is wrong with a request is said', () => {
  test.each([
    ['stream', 'no json', 'body'],
    ['stream', '[]', 'body'],
    ['stream', {}, 'topics'],
    ['stream', { topics: [['a', null], 'b'] }, 'topics[1]'],
    ['stream', { topics: [['a', 'x']] }, 'topics[0][1]'],
    ['control', { attach: [] }, 'stream'],
    ['read', { limit: 1 }, 'topic'],
    ['read', { topic: 'a', limit: -1 }, 'limit'],
    ['read', { topic: 'a', after: 5 }, 'after'],
    ['heads', { topics: [5] }, 'topics[0]'],
    ['append', { topic: 'a' }, 'drafts'],
  ])('%s %j', async (route, body, field) => {
    const { url } = await setup()
    const answer = await error(await post(`${url}/${route}`, body))
    expect(answer).toMatchObject({ status: 400, kind: 'refused', hint: expect.any(String) })
    expect(answer.message.startsWith(`${field} is not`)).toBe(true)
  })

  test.each([
    ['POST', '/nothing', 404],
    ['POST', '//stream/', 404],
    ['POST', '/__proto__', 404],
    ['POST', '/constructor', 404],
    ['GET', '/', 404],
    ['GET', '/stream', 404],
    ['GET', '/topics/%ff', 404],
    ['DELETE', '/topics/a', 404],
    ['GET', '/history/a%20b', 400],
  ])('%s %s: %i', async (method, path, status) => {
    const { url } = await setup()
    expect(await error(await fetch(url + path, { method }))).toMatchObject({ status })
  })

  test('a form of a foreign page, which needs no preflight, is refused', async () => {
    const { url } = await setup()
    const answer = await error(
      await post(`${url}/append`, { topic: 'a', drafts: [] }, { 'content-type': 'text/plain' }),
    )
    expect(answer).toMatchObject({ status: 415, code: 'not_supported' })
  })

  test('a token that is refused, a right that is missing, a stream that is not known', async () => {
    const { url } = await setup()
    const asked = { topic: 'private:1' }
    expect(await error(await post(`${url}/read`, asked, { authorization: 'Bearer expired' }))).toMatchObject({
      status: 401,
      kind: 'auth',
    })
    expect(await error(await post(`${url}/read`, asked, { authorization: 'Bearer bob' }))).toMatchObject({
      status: 403,
      code: 'forbidden',
    })
    expect(await error(await post(`${url}/control`, { stream: 'x' }))).toMatchObject({
      status: 410,
      code: 'connection_lost',
      retryAfterMs: 0,
    })
  })

  test('a limit that was reached says when to come back', async () => {
    const { url } = await setup({ limits: { appendsPerSecond: 1, appendBurst: 1 } })
    const body = () => ({ topic: 'a', drafts: drafts(1) })
    expect((await post(`${url}/append`, body())).status).toBe(200)
    const response = await post(`${url}/append`, body())
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await error(response)).toMatchObject({ status: 429, code: 'rate_limited' })
  })

  test('a body over the limit is refused without being read, also when its length was not said', async () => {
    const { url } = await setup({ handler: { maxBodyBytes: 1000 } })
    expect(await error(await post(`${url}/append`, { topic: 'a', drafts: ['x'.repeat(2000)] }))).toMatchObject({
      status: 413,
    })
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}/append`, { method: 'POST', headers: json }, ({ statusCode }) => {
        request.destroy()
        resolve(statusCode)
      })
      request.on('error', reject)
      for (let count = 0; count < 10; count++) request.write('x'.repeat(500))
    })
    expect(status).toBe(413)
  })

  test('what the server failed at stays on the server', async () => {
    const { url } = await setup({
      handler: {
        credentials: () => {
          throw new Error('the password is 1234')
        },
      },
    })
    const answer = await error(await post(`${url}/read`, { topic: 'a' }))
    expect(answer).toMatchObject({ status: 503, code: 'unavailable' })
    expect(JSON.stringify(answer)).not.toContain('1234')
  })
})

describe('pages of other origins', () => {
  const page = { origin: 'https://app.example.com' }
  const preflight = {
    ...page,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,x-tenant',
  }
  const headersOf = async (url: string, init: RequestInit) => Object.fromEntries((await fetch(url, init)).headers)

  test('are let in where that was chosen, with any header, and see when to come back', async () => {
    const { url } = await setup({ handler: { cors: { origins: ['https://app.example.com'], credentials: true } } })
    const answer = await fetch(`${url}/stream`, { method: 'OPTIONS', headers: preflight })
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization,content-type,x-tenant',
      vary: 'Origin',
    })
    const failed = await headersOf(`${url}/nothing`, { method: 'POST', headers: page })
    expect(failed).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-expose-headers': 'Retry-After',
    })
  })

  test('are not let in otherwise', async () => {
    const strict = await setup({ handler: { cors: { origins: ['https://other.example.com'] } } })
    const none = await setup()
    for (const { url } of [strict, none]) {
      const headers = await headersOf(`${url}/stream`, { method: 'OPTIONS', headers: preflight })
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('are all let in by a star, or as a function says', async () => {
    const star = await setup({ handler: { cors: { origins: '*' } } })
    expect(await headersOf(`${star.url}/topics/a%20b`, { headers: page })).toMatchObject({
      'access-control-allow-origin': '*',
    })
    const chosen = await setup({ handler: { cors: { origins: (origin) => origin.endsWith('.example.com') } } })
    expect(await headersOf(`${chosen.url}/x`, { headers: page })).toMatchObject({
      'access-control-allow-origin': page.origin,
    })
  })
})

describe('a client that reads slowly, or leaves', () => {
  test('[D8] makes the server hold a bounded amount, and still gets everything', async () => {
    const { url, log, gateway } = await setup({ limits: { maxBufferedBytes: 50_000 } })
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    onTestFinished(() => void socket.destroy())
    const body = '{"topics":[["a","0~~"]]}'
    socket.write(
      `POST /stream HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await vi.waitFor(() => expect(gateway.stats().readers).toBe(1))
    socket.pause()
    const before = process.memoryUsage().arrayBuffers
    const big = 'x'.repeat(10_000)
    for (let count = 0; count < 3000; count++) {
      await log.append('a', [draft('tick', big)])
      if (count % 20 === 0) await new Promise(setImmediate)
    }
    expect(gateway.stats().fallbacks).toBeGreaterThan(0)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(25_000_000)
    let text = ''
    const seen = new Set<number>()
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk
      for (const [, seq] of text.matchAll(/"seq":(\d+),/g)) seen.add(Number(seq))
      text = text.slice(-50)
    })
    socket.resume()
    await vi.waitFor(() => expect(seen.size).toBe(3000), { timeout: 10_000 })
  })

  test('[C7] leaves no session behind, whenever it goes', async () => {
    const { url, gateway, server } = await setup()
    for (const path of ['stream', 'topics/a']) {
      const abort = new AbortController()
      const init = path === 'stream' ? { method: 'POST', headers: json, body: '{"topics":[]}' } : {}
      await fetch(`${url}/${path}`, { ...init, signal: abort.signal })
      expect(gateway.stats().sessions).toBe(1)
      abort.abort()
      await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0))
      const hasty = new AbortController()
      const early = fetch(`${url}/${path}`, { ...init, signal: hasty.signal }).catch(() => {})
      setImmediate(() => hasty.abort())
      await early
    }
    await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0))
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
})

test('frames of one turn leave as one chunk', async () => {
  const { url, log } = await setup()
  const response = await fetch(`${url}/stream`, {
    method: 'POST',
    headers: json,
    body: '{"topics":[["a",null],["b",null]]}',
  })
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (text.split('attached').length < 3) text += decoder.decode((await reader?.read())?.value)
  await Promise.all([log.append('a', drafts(2)), log.append('b', drafts(2))])
  const chunk = decoder.decode((await reader?.read())?.value)
  expect(chunk.split('\n\n').filter(Boolean)).toHaveLength(2)
  await reader?.cancel()
})
