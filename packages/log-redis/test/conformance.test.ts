import { testLog } from '@steadywire/conformance'
import { findRedis, startRedis } from '@steadywire/redis-server'
import { redisLog } from '../src/index.ts'
import { handsOn } from './hands.ts'

const { REDIS_URL } = process.env

testLog({
  name: 'redis',
  setup: REDIS_URL !== undefined && findRedis() === undefined ? () => onRunningServer(REDIS_URL) : onOwnServer,
})

async function onOwnServer() {
  const server = await startRedis({ persistence: 'always' })
  const open = () => redisLog({ redis: server.url })
  const [log, other] = [open(), open()]
  const opened = [log, other]
  const hands = handsOn(server.url)
  return {
    log,
    other,
    async restart(data: 'kept' | 'lost') {
      if (data === 'lost') await hands.redis.flushall()
      await server.kill()
      await server.start()
      const reopened = open()
      opened.push(reopened)
      return reopened
    },
    trim: hands.trim,
    rewind: hands.rewind,
    async breakTails() {
      await hands.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    },
    async close() {
      await hands.close()
      for (const each of opened) await each.close()
      await server.close()
    },
  }
}

/** A server that is not ours is neither stopped nor flushed: what needs that counts as degraded. */
async function onRunningServer(url: string) {
  const prefix = `sw-test-${process.pid}`
  const [log, other] = [redisLog({ redis: url, prefix }), redisLog({ redis: url, prefix })]
  const hands = handsOn(url, prefix)
  return {
    log,
    other,
    trim: hands.trim,
    rewind: hands.rewind,
    async close() {
      const keys = await hands.redis.keys(`${prefix}:*`)
      if (keys.length > 0) await hands.redis.unlink(...keys)
      await hands.close()
      for (const each of [log, other]) await each.close()
    },
  }
}
