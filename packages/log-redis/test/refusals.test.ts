import { isSteadywireError, type SteadywireError } from '@steadywire/core'
import { draft, drafts, failureOf, wakes } from '@steadywire/log-trials'
import { expect, it } from 'vitest'
import { toLogError } from '../src/redis-error.ts'
import { canStart } from './servers.ts'
import { handsForTest, logForTest, ownRedisForTest, redisForTest, rightsOfReadme } from './setup.ts'

if (canStart) {
  it('[E1a] a full Redis refuses an append whole and says what to do; reading goes on, and so does everything later', async () => {
    const server = await ownRedisForTest({ config: { maxmemory: '6mb' } })
    const log = logForTest(server, { retention: {} })
    const big = () => Array.from({ length: 20 }, () => draft('x'.repeat(5000)))
    let appended = 0
    let full: Awaited<ReturnType<typeof failureOf>> | undefined
    while (!full) {
      const call = log.append('t:1', big())
      full = await call.then(
        () => undefined,
        () => failureOf(call),
      )
      if (!full) appended += 20
    }
    expect([full.error.kind, full.error.code]).toEqual(['retry', 'unavailable'])
    expect(full.error.hint).toContain('maxmemory')
    const { redis } = handsForTest(server)
    await redis.config('SET', 'maxmemory', '1mb')
    await expect(redis.multi().get('x').exec(), 'fuller it can not be').rejects.toThrow()
    for (const range of [{ limit: 100_000 }, { limit: 100_000, last: true }]) {
      const page = await logForTest(server).read('t:1', range)
      expect([page.head, page.events.length]).toEqual([appended, appended])
    }
    await redis.config('SET', 'maxmemory', '0')
    const [next] = await log.append('t:1', drafts(1))
    expect(next?.position.seq).toBe(appended + 1)
  })

  it('is told as it is: nobody there, a wrong password, no rights, keys of somebody else', async () => {
    const server = await ownRedisForTest({ config: { requirepass: 'secret' } })
    const url = `redis://:secret@127.0.0.1:${server.port}`
    const { redis, keysOf } = handsForTest({ url })
    const nobody = await failureOf(logForTest({ url: 'redis://127.0.0.1:1' }).append('t:1', drafts(1)))
    expect(nobody.error).toMatchObject({ kind: 'retry', code: 'unavailable' })
    expect(nobody.error.message).toContain('ECONNREFUSED')
    const without = await failureOf(logForTest(server).append('t:1', drafts(1)))
    expect(without.error).toMatchObject({ kind: 'config', code: 'invalid_config' })
    expect(without.error.hint).toContain('password')
    const wrong = await failureOf(logForTest({ url: url.replace('secret', 'guess') }).read('t:1', { limit: 1 }))
    expect(wrong.error).toMatchObject({ kind: 'config', code: 'invalid_config' })
    await redis.call('ACL', 'SETUSER', 'reader', 'on', '>pass', '~sw:*', '+eval', '+evalsha', '+multi', '+exec')
    const reader = logForTest({ url: url.replace(':secret', 'reader:pass') })
    const forbidden = await failureOf(reader.tail('t:1', { wake() {}, lost() {} }))
    expect(forbidden.error).toMatchObject({ kind: 'config', hint: expect.stringContaining('rights') })
    await redis.set(keysOf('t:1').hash, 'mine')
    const taken = await failureOf(logForTest({ url }).append('t:1', drafts(1)))
    expect(taken.error).toMatchObject({ kind: 'config', hint: expect.stringContaining('prefix') })
  })

  it('works with the rights that the README names', async () => {
    const server = await ownRedisForTest({ config: { requirepass: 'secret' } })
    const url = `redis://:secret@127.0.0.1:${server.port}`
    const { redis } = handsForTest({ url })
    const { error } = await failureOf(
      logForTest({ url: url.replace(':secret', 'nobody:pass') }).append('t:1', drafts(1)),
    )
    expect(error.kind).toBe('config')
    await redis.call('ACL', 'SETUSER', 'steady', 'on', '>pass', ...rightsOfReadme)
    const log = logForTest({ url: url.replace(':secret', 'steady:pass') })
    const tail = await wakes(log, 't:1')
    await log.append('t:1', drafts(2))
    expect((await log.read('t:1', { limit: 10 })).events.length).toBe(2)
    await expect.poll(() => tail.seqs).toEqual([1, 2])
  })

  it('goes on when the script cache is emptied', async () => {
    const server = await ownRedisForTest()
    const log = logForTest(server)
    const { redis } = handsForTest(server)
    for (const round of [1, 2]) {
      await redis.script('FLUSH')
      const [made] = await log.append('t:1', drafts(1))
      expect(made?.position.seq).toBe(round)
      await redis.script('FLUSH')
      expect((await log.read('t:1', { limit: 10 })).head).toBe(round)
    }
  })

  it('a Redis that is reading its data says so, and is asked again', async () => {
    const server = await ownRedisForTest({
      config: { 'key-load-delay': '2000', 'loading-process-events-interval-bytes': '1024', rdbcompression: 'no' },
    })
    const log = logForTest(server)
    const { redis } = handsForTest(server)
    await log.append('t:1', drafts(3))
    for (let key = 0; key < 300; key++) await redis.set(`key:${key}`, 'x'.repeat(200))
    await redis.save()
    await server.kill()
    const started = server.start()
    const hints = new Set<string | undefined>()
    while (!hints.has('Redis is reading its data after a start; it takes commands soon.')) {
      const outcome = await log.read('t:1', { limit: 1 }).catch((thrown: SteadywireError) => thrown)
      if (!isSteadywireError(outcome)) break
      expect(outcome.kind).toBe('retry')
      hints.add(outcome.hint)
    }
    await started
    expect(hints).toContain('Redis is reading its data after a start; it takes commands soon.')
    expect((await log.read('t:1', { limit: 1 })).head).toBe(3)
  })
} else {
  it('what Redis refuses with is told as it is (where no Redis can be filled or configured, it is made to say so)', async () => {
    const server = await redisForTest()
    const { redis, keysOf } = handsForTest(server)
    const refusals = ['OOM', 'READONLY', 'LOADING', 'NOAUTH', 'NOPERM'].map(async (word) => {
      const reply = redis.eval('return redis.error_reply(ARGV[1])', 0, `${word} not now`)
      const { kind, hint } = toLogError('Trying', await reply.catch((thrown: unknown) => thrown), undefined)
      return [word, kind, hint]
    })
    expect(await Promise.all(refusals)).toEqual([
      ['OOM', 'retry', expect.stringContaining('maxmemory')],
      ['READONLY', 'retry', expect.stringContaining('replica')],
      ['LOADING', 'retry', expect.stringContaining('soon')],
      ['NOAUTH', 'config', expect.stringContaining('password')],
      ['NOPERM', 'config', expect.stringContaining('rights')],
    ])
    const stranger = new URL(server.url)
    Object.assign(stranger, { username: 'nobody', password: 'guess' })
    const wrong = await failureOf(logForTest({ url: stranger.href }).read('t:1', { limit: 1 }))
    expect(wrong.error).toMatchObject({ kind: 'config', hint: expect.stringContaining('password') })
    await redis.set(keysOf('t:1').hash, 'mine')
    const taken = await failureOf(logForTest(server).append('t:1', drafts(1)))
    expect(taken.error).toMatchObject({ kind: 'config', hint: expect.stringContaining('prefix') })
  })
}
