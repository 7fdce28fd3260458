import { type Connection, decodeCursor, type Position } from '@steadywire/core'
import { describe, expect, test, vi } from 'vitest'
import { drafts, type Opened, open, setup, sink } from './setup.ts'

const start: Position = { seq: 0 }
const attach = (connection: Connection, topic: string, after?: Position) => {
  const heard = sink()
  const abort = new AbortController()
  return { heard, abort, page: connection.attach(topic, after, heard, abort.signal) }
}
const none = () => new AbortController().signal

describe('attaching', () => {
  test('what is wanted goes along with the opening request, and needs no other', async () => {
    const { url, log, requests } = await setup()
    await log.append('a', drafts(3))
    const wanted = [
      { topic: 'a', after: start },
      { topic: 'b', after: undefined },
    ]
    const { connection } = await open({ url }, { wanted })
    const [a, b] = await Promise.all([attach(connection, 'a', start).page, attach(connection, 'b').page])
    expect(a).toMatchObject({ head: 3, through: 3, events: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] })
    expect(b).toEqual({ oldest: 1, head: 0, through: 0, events: [] })
    expect(requests).toEqual(['POST /stream'])
  })

  test('topics that are attached in one turn share one request', async () => {
    const { url, requests } = await setup()
    const { connection } = await open({ url })
    await Promise.all(['a', 'b', 'c'].map((topic) => attach(connection, topic).page))
    expect(requests).toEqual(['POST /stream', 'POST /control'])
  })

  test('two subscriptions of one topic share one feed, and each gets its own page', async () => {
    const { url, log, gateway } = await setup()
    await log.append('a', drafts(4))
    const { connection } = await open({ url })
    const [first, second, third] = [
      attach(connection, 'a', start),
      attach(connection, 'a'),
      attach(connection, 'a', start),
    ]
    expect((await first.page).events).toHaveLength(4)
    expect(await second.page).toMatchObject({ head: 4, through: 4, events: [] })
    expect((await second.page).throughMark).toBe((await second.page).mark)
    expect((await third.page).events).toHaveLength(4)
    await log.append('a', drafts(1))
    for (const { heard } of [first, second, third])
      await vi.waitFor(() => expect(heard.items).toMatchObject([{ topic: 'a', seq: 5 }]))
    expect(gateway.stats()).toMatchObject({ sessions: 1, readers: 1 })
  })

  test('a topic that may not be read is refused, and the others are not', async () => {
    const { url } = await setup()
    const { connection } = await open({ url }, { token: 'bob', wanted: [{ topic: 'private:1', after: start }] })
    const refused = expect.objectContaining({ kind: 'refused', code: 'forbidden' })
    const allowed = attach(connection, 'a')
    await expect(attach(connection, 'private:1', start).page).rejects.toEqual(refused)
    await expect(attach(connection, 'private:2').page).rejects.toEqual(refused)
    expect(await allowed.page).toMatchObject({ head: 0 })
  })

  test('the last subscription that leaves detaches the topic, and it can be attached again', async () => {
    const { url, log, gateway } = await setup()
    const { connection } = await open({ url })
    const [first, second] = [attach(connection, 'a'), attach(connection, 'a')]
    await Promise.all([first.page, second.page])
    first.abort.abort()
    second.abort.abort()
    await vi.waitFor(() => expect(gateway.stats().readers).toBe(0))
    await log.append('a', drafts(2))
    const again = attach(connection, 'a', start)
    expect((await again.page).events).toHaveLength(2)
    await log.append('a', drafts(1))
    await vi.waitFor(() => expect(again.heard.items).toMatchObject([{ seq: 3 }]))
    expect([first.heard.items, second.heard.items]).toEqual([[], []])
  })

  test('detaching and attaching in one turn ends attached, with the page that was asked for last', async () => {
    const { url, log, gateway } = await setup()
    await log.append('a', drafts(3))
    const { connection } = await open({ url })
    const first = attach(connection, 'a', start)
    const gone = expect(first.page).rejects.toMatchObject({ code: 'unsubscribed' })
    await vi.waitFor(() => expect(gateway.stats().sessions).toBe(1))
    first.abort.abort()
    const second = attach(connection, 'a')
    await gone
    expect(await second.page).toMatchObject({ through: 3, events: [] })
    await log.append('a', drafts(1))
    await vi.waitFor(() => expect(second.heard.items).toMatchObject([{ seq: 4 }]))
    expect(gateway.stats().readers).toBe(1)
  })

  test('what was wanted and never attached is detached after two heartbeats', async () => {
    const { url, gateway } = await setup({ heartbeatMs: 20 })
    await open({ url }, { wanted: [{ topic: 'a', after: start }] })
    await vi.waitFor(() => expect(gateway.stats().readers).toBe(1))
    await vi.waitFor(() => expect(gateway.stats().readers).toBe(0))
  })

  test('more topics than are attached at once all get their pages', async () => {
    const { url, log } = await setup()
    const topics = Array.from({ length: 100 }, (_, index) => `t:${index}`)
    for (const topic of topics) await log.append(topic, drafts(1))
    const { connection } = await open({ url }, { wanted: topics.map((topic) => ({ topic, after: start })) })
    const pages = await Promise.all(topics.map((topic) => attach(connection, topic, start).page))
    expect(pages.every(({ events }, index) => events[0]?.topic === topics[index])).toBe(true)
  })
})

describe('calls', () => {
  test('read, heads and append', async () => {
    const { url } = await setup()
    const { connection } = await open({ url })
    const [first, second] = drafts(2)
    if (!first || !second) throw new Error('two drafts')
    const appended = await connection.append?.('a', [first, second, first], none())
    expect(appended).toMatchObject([
      { duplicate: false },
      { position: { seq: 2 } },
      { position: { seq: 1 }, duplicate: true },
    ])
    const page = await connection.read('a', { limit: 1, last: true }, none())
    expect(page).toMatchObject({ oldest: 1, head: 2, events: [{ ...second, topic: 'a', seq: 2 }] })
    expect(await connection.read('a', { limit: 10, before: 2 }, none())).toMatchObject({ events: [{ seq: 1 }] })
    const heads = await connection.heads?.(['a', 'b'], none())
    expect(heads?.get('a')).toMatchObject({ head: 2, epoch: page.epoch })
    expect(heads?.get('b')).toEqual({ oldest: 1, head: 0 })
  })

  test('a cursor of another log gives no events and the epoch of this one', async () => {
    const { url, log } = await setup()
    await log.append('a', drafts(1))
    const { connection } = await open({ url })
    const page = await connection.read('a', { after: decodeCursor('5~abc~other'), limit: 10 }, none())
    expect(page).toMatchObject({ events: [], head: 1 })
  })

  test('a bad draft is refused, naming what is wrong', async () => {
    const { url } = await setup()
    const { connection } = await open({ url })
    const bad = connection.append?.('a', [{ id: 'a b', type: 'tick', data: 1 }], none())
    await expect(bad).rejects.toMatchObject({ kind: 'refused', code: 'invalid_draft' })
  })

  test('a call that is given up rejects, and leaves the connection alone', async () => {
    const { url } = await setup()
    const { connection } = await open({ url })
    const abort = new AbortController()
    const call = connection.read('a', { limit: 1 }, abort.signal)
    abort.abort()
    await expect(call).rejects.toMatchObject({ kind: 'retry' })
    expect(await connection.read('a', { limit: 1 }, none())).toMatchObject({ head: 0 })
  })
})

describe('tokens', () => {
  test('a fresh token renews the open stream', async () => {
    const { url, log } = await setup()
    let token = 'alice.1'
    const { connection } = await open({ url }, { token: () => token })
    const live = attach(connection, 'private:1')
    await live.page
    token = 'alice.2'
    expect(await connection.renew?.(token)).toEqual({})
    await log.append('private:1', drafts(1))
    await vi.waitFor(() => expect(live.heard.items).toHaveLength(1))
  })

  test('[C5] a refused token is named, so that it is not held against a newer one', async () => {
    const { url } = await setup()
    await expect(open({ url }, { token: 'expired' })).rejects.toMatchObject({ kind: 'auth', token: 'expired' })
    let token = 'alice'
    const { connection } = await open({ url }, { token: () => token })
    token = 'expired'
    await expect(connection.read('a', { limit: 1 }, none())).rejects.toMatchObject({ kind: 'auth', token: 'expired' })
    await expect(attach(connection, 'a').page).rejects.toMatchObject({ kind: 'auth' })
  })

  test('[D10] a stream cannot be changed by another subject that knows its name', async () => {
    const id = () => 'known'
    const { url } = await setup({ handler: { id } })
    await open({ url }, { token: 'alice' })
    const control = (token: string, body: object) =>
      fetch(`${url}/control`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ stream: 'known', ...body }),
      })
    expect((await control('bob', { attach: [['private:1', null]] })).status).toBe(401)
    expect((await control('bob', { renew: true })).status).toBe(401)
    expect((await control('alice.2', { attach: [['private:1', null]] })).status).toBe(202)
  })
})

describe('the end', () => {
  const end = async ({ connection }: Opened) => await connection.closed

  test('a server that drains says so, with the time to come back', async () => {
    const { url, gateway } = await setup()
    const opened = await open({ url })
    void gateway.close({ graceMs: 1000, spreadMs: 100 })
    const error = await end(opened)
    expect(error).toMatchObject({ kind: 'retry', code: 'going_away' })
    expect(error.retryAfterMs).toBeLessThanOrEqual(100)
    await expect(open({ url })).rejects.toMatchObject({ code: 'going_away' })
  })

  test('[C7] closing ends the stream on both sides, and what is under way', async () => {
    const { url, gateway } = await setup()
    const opened = await open({ url })
    const { page } = attach(opened.connection, 'a')
    const rejected = expect(page).rejects.toMatchObject({ code: 'closed' })
    await opened.connection.close()
    expect(await end(opened)).toMatchObject({ code: 'closed' })
    await rejected
    await vi.waitFor(() => expect(gateway.stats()).toMatchObject({ sessions: 0, readers: 0 }))
    await expect(attach(opened.connection, 'b').page).rejects.toMatchObject({ code: 'closed' })
  })

  test('[C7] closing ends the stream on a platform whose fetch forgets the signal once it has answered', async () => {
    const { url, gateway } = await setup()
    const forgetful: typeof fetch = (address, { signal: _, ...init } = {}) => fetch(address, init)
    const { connection } = await open({ url, fetch: forgetful })
    await connection.close()
    await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0))
  })

  test('giving up while it connects rejects soon', async () => {
    const { url } = await setup()
    const abort = new AbortController()
    abort.abort()
    const { sse } = await import('../src/index.ts')
    const context = { token: async () => undefined, heard() {}, wanted: [], warn() {}, signal: abort.signal }
    await expect(sse({ url }).connect(context)).rejects.toMatchObject({ kind: 'retry' })
  })

  test('a server that died ends the connection', async () => {
    const { url, server } = await setup()
    const opened = await open({ url })
    server.closeAllConnections()
    expect(await end(opened)).toMatchObject({ kind: 'retry', code: 'connection_lost' })
  })

  test('a request that reached another node ends the connection, to be opened again at once with all topics', async () => {
    const { url } = await setup()
    const other = await setup()
    const detour: typeof fetch = (address, init) =>
      fetch(String(address).includes('/control') ? `${other.url}/control` : address, init)
    const opened = await open({ url, fetch: detour })
    await expect(attach(opened.connection, 'a').page).rejects.toMatchObject({ code: 'connection_lost' })
    expect(await end(opened)).toMatchObject({ kind: 'retry', code: 'connection_lost', retryAfterMs: 0 })
  })

  test('a revoked subject is told', async () => {
    const { url, gateway } = await setup()
    const opened = await open({ url }, { token: 'alice' })
    const { heard, page } = attach(opened.connection, 'private:1')
    await page
    gateway.revoke({ subject: 'alice', topic: 'private:1' })
    await vi.waitFor(() => expect(heard.errors).toMatchObject([{ kind: 'refused', code: 'forbidden' }]))
    gateway.revoke({ subject: 'alice' })
    expect(await end(opened)).toMatchObject({ kind: 'auth', token: 'alice' })
  })

  test('[C4] heartbeats are heard, and bring the heads', async () => {
    const { url, log } = await setup({ heartbeatMs: 20 })
    await log.append('a', drafts(1))
    const opened = await open({ url })
    expect(opened.connection.heartbeatMs).toBe(20)
    const { heard, page } = attach(opened.connection, 'a')
    await page
    await vi.waitFor(() => expect(heard.heads).toContainEqual(expect.objectContaining({ seq: 1 })))
    expect(opened.heard).toBeGreaterThan(1)
  })
})
