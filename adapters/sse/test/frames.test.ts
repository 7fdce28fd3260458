import { createFakeClock } from '@steadywire/core/testing'
import { describe, expect, test, vi } from 'vitest'
import { sse } from '../src/index.ts'
import { attached, frame, hello, items, page, script } from './script.ts'
import { open, sink } from './setup.ts'

const url = 'https://example.test/events'
const start = { seq: 0 }
const wanted = [{ topic: 't', after: start }]
const none = () => new AbortController().signal

describe('the stream, however it is cut', () => {
  const text = `: hi\n${hello()}${attached('t')}:\n\n${items('t', 2, 3)}${frame({ heads: { t: ['e', 3] } })}${items('t', 4)}`
  const bytes = new TextEncoder().encode(text)
  const run = async (chunks: readonly (Uint8Array | string)[]) => {
    const { open: source, say } = script()
    say(...chunks)
    const { connection, warnings } = await open({ url, open: source }, { wanted })
    const heard = sink()
    const first = await connection.attach('t', start, heard, none())
    await vi.waitFor(() => {
      const known = Math.max(
        first.through,
        ...heard.items.map((item) => ('seq' in item ? item.seq : 0)),
        ...heard.heads.map((at) => at?.seq ?? 0),
      )
      expect(known).toBe(4)
    })
    expect(first.events[0]?.data).toBe('ü€😀')
    expect(warnings).toEqual([])
    await connection.close()
  }

  test('says the same when it is split at any byte', async () => {
    for (let at = 1; at < bytes.length; at++) await run([bytes.slice(0, at), bytes.slice(at)])
  })

  test('says the same byte by byte, and in text', async () => {
    await run([...bytes].map((byte) => Uint8Array.of(byte)))
    await run([...text])
    await run([text.replaceAll('\n', '\r\n')])
  })
})

test('what is said before the first attach raises the head, so that the core reads it', async () => {
  const { open: source, say } = script()
  say(hello() + attached('t') + items('t', 2, 3))
  const { connection } = await open({ url, open: source }, { wanted })
  await new Promise(setImmediate)
  const heard = sink()
  expect(await connection.attach('t', start, heard, none())).toEqual({
    ...page,
    events: [expect.objectContaining({ seq: 1 })],
  })
  expect(heard.heads).toEqual([{ epoch: 'e', seq: 3 }])
})

test('an answer to an attach that was given up is not taken for the next one', async () => {
  const { open: source, say } = script()
  say(hello())
  const fetch = async () => Response.json({}, { status: 202 })
  const { connection } = await open({ url, open: source, fetch })
  const abort = new AbortController()
  const first = connection.attach('t', undefined, sink(), abort.signal).catch(() => {})
  abort.abort()
  await first
  const second = connection.attach('t', start, sink(), none())
  say(frame({ attached: 't', number: 1, page: { ...page, head: 9, through: 9 } }))
  say(attached('t', 2))
  expect(await second).toMatchObject({ head: 1 })
})

describe('[E4] a bad event', () => {
  test('is reported and left out; the core sees the hole and reads it', async () => {
    const { open: source, say } = script()
    say(hello() + attached('t'))
    const { connection, warnings } = await open({ url, open: source }, { wanted })
    const heard = sink()
    await connection.attach('t', start, heard, none())
    say(
      frame({
        topic: 't',
        epoch: 'e',
        items: [
          { id: 'b', seq: 2 },
          { id: 'c', seq: 3, type: 'tick', time: 1, data: 1 },
        ],
      }),
    )
    await vi.waitFor(() => expect(heard.items).toMatchObject([{ seq: 3 }]))
    expect(warnings).toMatchObject([{ code: 'protocol', topic: 't' }])
  })
})

describe('what ends a connection', () => {
  test.each(['nonsense', '[]', '{"topic":"t","items":[]}'])('a frame that is none: %s', async (text) => {
    const { open: source, say } = script()
    say(hello())
    const { connection } = await open({ url, open: source })
    say(frame(text))
    expect(await connection.closed).toMatchObject({ code: 'protocol', kind: 'retry' })
  })

  test('a stream that begins with something else, or ends before it began', async () => {
    const strange = script()
    strange.say(items('t', 1))
    await expect(open({ url, open: strange.open })).rejects.toMatchObject({ code: 'protocol', kind: 'retry' })
    const short = script()
    short.end()
    await expect(open({ url, open: short.open })).rejects.toMatchObject({ code: 'connection_lost', kind: 'retry' })
    const closing = script()
    closing.say(frame({ closing: { kind: 'retry', code: 'going_away', message: 'bye', retryAfterMs: 5 } }))
    await expect(open({ url, open: closing.open })).rejects.toMatchObject({ code: 'going_away', retryAfterMs: 5 })
  })

  test('another version of the protocol, for good', async () => {
    const { open: source, say } = script()
    say(frame({ hello: { v: 2, stream: 's', heartbeatMs: 5 } }))
    await expect(open({ url, open: source })).rejects.toMatchObject({ code: 'protocol', kind: 'config' })
  })
})

describe('an answer that is no stream', () => {
  const clock = createFakeClock()
  const html = { 'content-type': 'text/html' }
  const json = { 'content-type': 'application/json' }
  const refused = async (status: number, headers: Record<string, string>, body = '') => {
    const { open: source, say, end } = script({ status, headers })
    say(body || 'x')
    end()
    return await open({ url, open: source, clock }, { token: 'mine' }).then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  test.each([
    [200, html, { kind: 'config', code: 'not_found', message: expect.stringContaining('text/html') }],
    [404, html, { kind: 'config', code: 'not_found', hint: expect.stringContaining('mounted') }],
    [405, html, { kind: 'config', code: 'not_found' }],
    [401, html, { kind: 'auth', code: 'unauthenticated', token: 'mine' }],
    [403, html, { kind: 'refused', code: 'forbidden' }],
    [429, { ...html, 'retry-after': '7' }, { kind: 'retry', code: 'rate_limited', retryAfterMs: 7000 }],
    [503, { ...html, 'retry-after': '2' }, { kind: 'retry', code: 'unavailable', retryAfterMs: 2000 }],
    [502, html, { kind: 'retry', code: 'unavailable', retryAfterMs: undefined }],
    [503, { ...html, 'retry-after': 'soon' }, { kind: 'retry', retryAfterMs: undefined }],
    [401, json, { kind: 'auth', code: 'unauthenticated', token: 'mine' }],
  ])('%i %j', async (status, headers, expected) => {
    expect(await refused(status, headers)).toMatchObject(expected)
  })

  test('a date in Retry-After counts from now', async () => {
    const at = new Date(clock.wall() + 60_000).toUTCString()
    expect(await refused(503, { ...html, 'retry-after': at })).toMatchObject({ retryAfterMs: 60_000 })
  })

  test('an error that the server explains is taken as it says, its own wait before the header', async () => {
    const told = { error: { kind: 'retry', code: 'limit_reached', message: 'full', retryAfterMs: 1500 } }
    const error = await refused(429, { ...json, 'retry-after': '2' }, JSON.stringify(told))
    expect(error).toMatchObject({ kind: 'retry', code: 'limit_reached', message: 'full', retryAfterMs: 1500 })
  })

  test('no answer at all may pass', async () => {
    const error = await open({ url, fetch: () => Promise.reject(new TypeError('fetch failed')) }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      kind: 'retry',
      code: 'unavailable',
      message: expect.stringContaining('fetch failed'),
    })
  })

  test('a fetch that cannot stream says what to do', async () => {
    const fetch = async () => Object.assign(new Response(null, { headers: { 'content-type': 'text/event-stream' } }))
    await expect(open({ url, fetch })).rejects.toMatchObject({
      kind: 'config',
      code: 'not_supported',
      hint: expect.stringContaining('fetch'),
    })
  })
})

describe('options', () => {
  test('the token goes into a header, never into the address; own headers and credentials go along', async () => {
    const asked: [string, RequestInit | undefined][] = []
    const fetch = async (address: unknown, init?: RequestInit) => {
      asked.push([String(address), init])
      return new Response(hello(), { headers: { 'content-type': 'text/event-stream' } })
    }
    await open(
      { url: `${url}/`, fetch, headers: { 'x-tenant': '7' }, credentials: 'include' },
      { token: 'secret', wanted },
    )
    const [[address, init] = ['', undefined]] = asked
    expect(address).toBe(`${url}/stream`)
    expect(init).toMatchObject({
      method: 'POST',
      credentials: 'include',
      headers: { authorization: 'Bearer secret', 'x-tenant': '7', 'content-type': 'application/json' },
      body: '{"topics":[["t","0~~"]]}',
    })
  })

  test('without a url it is refused where it is written', () => {
    expect(() => sse({ url: '' })).toThrow(expect.objectContaining({ code: 'invalid_config' }))
  })
})
