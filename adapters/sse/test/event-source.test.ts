import { spawn } from 'node:child_process'
import { encodeCursor } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { memoryLog } from '@steadywire/server'
import { EventSource } from 'eventsource'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { draft, drafts, type Setup, setup } from './setup.ts'

interface Message {
  readonly type: string
  readonly data: string
  readonly lastEventId: string
}

function follow(url: string, init?: ConstructorParameters<typeof EventSource>[1]) {
  const messages: Message[] = []
  const errors: (number | undefined)[] = []
  const source = new EventSource(url, init)
  onTestFinished(() => source.close())
  for (const type of ['message', 'gap', 'end', 'lost'])
    source.addEventListener(type, ({ data, lastEventId }) => void messages.push({ type, data, lastEventId }))
  source.onerror = ({ code }) => void errors.push(code)
  const seqs = () => messages.filter(({ type }) => type === 'message').map(({ data }) => JSON.parse(data).seq)
  return { source, messages, errors, seqs }
}

/** Reads a stream with curl until `done` likes what came. */
async function curl(args: readonly string[], done: (text: string) => boolean): Promise<string> {
  const child = spawn('curl', ['-sN', ...args])
  onTestFinished(() => void child.kill())
  let text = ''
  return await new Promise((resolve) => {
    child.stdout.on('data', (chunk) => {
      text += chunk
      if (done(text)) {
        child.kill()
        resolve(text)
      }
    })
    child.on('close', () => resolve(text))
  })
}

const cursorAt = async ({ log }: Pick<Setup, 'log'>, topic: string, seq: number) => {
  const { epoch, events } = await log.read(topic, { limit: 1, before: seq + 1, last: true })
  return encodeCursor({ seq, ...(epoch && { epoch }), mark: String(events[0]?.id).slice(-8) })
}

describe('a plain EventSource', () => {
  test('replays from the start, page after page, and goes on live', async () => {
    const { url, log } = await setup()
    await log.append('a:1', drafts(1000))
    await log.append('a:1', drafts(500))
    const { messages, seqs } = follow(`${url}/topics/${encodeURIComponent('a:1')}?from=start`)
    await vi.waitFor(() => expect(seqs()).toHaveLength(1500))
    await log.append('a:1', [draft('done', { ok: true })])
    await vi.waitFor(() => expect(seqs()).toHaveLength(1501))
    expect(seqs()).toEqual(Array.from({ length: 1501 }, (_, index) => index + 1))
    const last = messages.at(-1)
    const event = JSON.parse(last?.data ?? '')
    expect(event).toMatchObject({ topic: 'a:1', type: 'done', data: { ok: true } })
    expect(last?.lastEventId).toBe(encodeCursor({ epoch: event.epoch, seq: 1501, mark: event.id.slice(-8) }))
  })

  test('without from it starts with what comes, with last:n some events before', async () => {
    const { url, log } = await setup()
    await log.append('a', drafts(10))
    const [now, last] = [follow(`${url}/topics/a`), follow(`${url}/topics/a?from=last:3`)]
    await vi.waitFor(() => expect(last.seqs()).toEqual([8, 9, 10]))
    await vi.waitFor(() => expect(now.source.readyState).toBe(EventSource.OPEN))
    await log.append('a', drafts(1))
    await vi.waitFor(() => expect(last.seqs()).toEqual([8, 9, 10, 11]))
    await vi.waitFor(() => expect(now.seqs()).toEqual([11]))
  })

  test('goes on after the cursor it is given, and after what it got last when it reconnects', async () => {
    const served = await setup({ handler: { random: () => 0 } })
    const { url, log, server } = served
    await log.append('a', drafts(5))
    const { seqs, errors } = follow(`${url}/topics/a?from=${await cursorAt(served, 'a', 3)}`)
    await vi.waitFor(() => expect(seqs()).toEqual([4, 5]))
    server.closeAllConnections()
    await log.append('a', drafts(4))
    await vi.waitFor(() => expect(seqs()).toEqual([4, 5, 6, 7, 8, 9]), { timeout: 5000 })
    expect(errors).toHaveLength(1)
  })

  test('[D4] is told of what retention removed by one gap message, then goes on', async () => {
    const log = memoryLog({ retention: { maxEvents: 3 } })
    const { url } = await setup({ log })
    await log.append('a', drafts(10))
    const { messages, seqs } = follow(`${url}/topics/a?from=start`)
    await vi.waitFor(() => expect(seqs()).toEqual([8, 9, 10]))
    expect(messages[0]).toMatchObject({ type: 'gap' })
    expect(JSON.parse(messages[0]?.data ?? '')).toMatchObject({ topic: 'a', reason: 'trimmed', to: { seq: 7 } })
    expect(messages.filter(({ type }) => type === 'gap')).toHaveLength(1)
  })

  test('[D4] with a cursor of another log, or of a later state of it, is told once that lasted', async () => {
    const clock = createFakeClock()
    const { url, log } = await setup({ handler: { clock } })
    await log.append('a', drafts(3))
    const { epoch } = await log.read('a', { limit: 1 })
    const foreign = follow(`${url}/topics/a?from=2~abc~other`)
    const rewound = follow(`${url}/topics/a?from=2~abc~${epoch}`)
    for (const { source } of [foreign, rewound])
      await vi.waitFor(() => expect(source.readyState).toBe(EventSource.OPEN))
    await clock.settle()
    expect([foreign.messages, rewound.messages]).toEqual([[], []])
    await vi.waitFor(async () => {
      await clock.advance(1000)
      expect(JSON.parse(foreign.messages[0]?.data ?? '{}')).toMatchObject({ reason: 'epoch', to: { seq: 3 } })
      expect(JSON.parse(rewound.messages[0]?.data ?? '{}')).toMatchObject({ reason: 'rewound', to: { seq: 3 } })
    })
    await log.append('a', drafts(1))
    for (const { seqs } of [foreign, rewound]) await vi.waitFor(() => expect(seqs()).toEqual([4]))
  })

  test('[D9] a sealed topic ends with a message, and is not asked for again', async () => {
    const served = await setup({ handler: { random: () => 0 } })
    const { url, log, requests } = served
    await log.append('a', [...drafts(2), { ...draft('bye'), final: true }])
    const { source, messages, seqs, errors } = follow(`${url}/topics/a?from=start`)
    await vi.waitFor(() => expect(source.readyState).toBe(EventSource.CLOSED), { timeout: 5000 })
    expect(seqs()).toEqual([1, 2, 3])
    expect(messages.at(-1)?.type).toBe('end')
    expect(requests).toHaveLength(2)
    expect(errors).toContain(204)
  })

  test('[D10] may only what the credentials allow, and is told when that ends', async () => {
    const { url, gateway } = await setup({ handler: { queryToken: true } })
    const refused = follow(`${url}/topics/private:1?access_token=bob`)
    await vi.waitFor(() => expect(refused.errors).toEqual([403]))
    const expired = follow(`${url}/topics/private:1?access_token=expired`)
    await vi.waitFor(() => expect(expired.errors).toEqual([401]))
    const allowed = follow(`${url}/topics/private:1?access_token=alice`)
    await vi.waitFor(() => expect(allowed.source.readyState).toBe(EventSource.OPEN))
    gateway.revoke({ subject: 'alice', topic: 'private:1' })
    await vi.waitFor(() => expect(allowed.messages).toMatchObject([{ type: 'lost' }]))
    expect(JSON.parse(allowed.messages[0]?.data ?? '')).toMatchObject({ code: 'forbidden' })
  })

  test('a token in the address counts only where that was chosen; cookies are for a hook', async () => {
    const { url } = await setup()
    const ignored = follow(`${url}/topics/private:1?access_token=alice`)
    await vi.waitFor(() => expect(ignored.errors).toEqual([403]))
    const credentials = ({ headers }: { headers: { get(name: string): string | null } }) => {
      const token = /session=(\w+)/.exec(headers.get('cookie') ?? '')?.[1]
      return token === undefined ? {} : { token }
    }
    const withCookies = await setup({ handler: { credentials } })
    const cookie = {
      fetch: (address: string | URL, init: object) => fetch(address, { ...init, headers: { cookie: 'session=alice' } }),
    }
    const allowed = follow(`${withCookies.url}/topics/private:1`, cookie)
    await vi.waitFor(() => expect(allowed.source.readyState).toBe(EventSource.OPEN))
  })

  test('while the server drains it is asked to come again, since any other status would end it for good', async () => {
    const { url, gateway } = await setup()
    void gateway.close({ graceMs: 1000, spreadMs: 100 })
    const eventStream = await fetch(`${url}/topics/a`, { headers: { accept: 'text/event-stream' } })
    expect([eventStream.status, await eventStream.text()]).toEqual([200, expect.stringMatching(/^retry: \d+\n/)])
    const plain = await fetch(`${url}/topics/a`)
    expect([plain.status, plain.headers.has('retry-after')]).toEqual([503, true])
  })

  test('a position that is none is answered with 400', async () => {
    const { url } = await setup()
    for (const [query, headers] of [
      ['?from=nowhere', {}],
      ['?from=last:0', {}],
      ['', { 'last-event-id': 'x' }],
    ] as const)
      expect((await fetch(`${url}/topics/a${query}`, { headers })).status).toBe(400)
  })
})

describe('curl -N', () => {
  test('follows a topic, and goes on after the id that it got last', async () => {
    const { url, log } = await setup()
    await log.append('a', drafts(2))
    const first = await curl([`${url}/topics/a?from=start`], (text) => text.includes('"seq":2'))
    expect(first).toMatch(/^retry: \d+\n\nid: 1~\S+\ndata: \{"topic":"a","epoch":"\S+","id":"\S+",.*\}\n\nid: 2~/)
    const id = /id: (2~\S+)/.exec(first)?.[1]
    await log.append('a', drafts(2))
    const second = await curl(['-H', `Last-Event-ID: ${id}`, `${url}/topics/a?from=start`], (text) =>
      text.includes('"seq":4'),
    )
    expect([...second.matchAll(/"seq":(\d+)/g)].map(([, seq]) => seq)).toEqual(['3', '4'])
  })
})

test('a client that leaves takes its session and its timers with it', async () => {
  const clock = createFakeClock()
  const { url, gateway } = await setup({ handler: { clock } })
  const { source } = follow(`${url}/topics/a?from=2~abc~other`)
  await vi.waitFor(() => expect(gateway.stats().sessions).toBe(1))
  source.close()
  await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0))
  expect(clock.pending).toBe(0)
})
