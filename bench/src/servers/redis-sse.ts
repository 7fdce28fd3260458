import { redisLog } from '@steadywire/log-redis'
import { startRedis } from '@steadywire/redis-server'
import { Redis } from 'ioredis'
import { dataOf, eventOf, idOf, topic } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { serve } from './steadywire.ts'

const server = await startRedis()
const log = redisLog({ redis: server.url, retention: {} })
const bare = new Redis(server.url)
const page = 1000

answerCommands({
  listen: async () => [(await serve(log)).port],

  /** The same events in the log, and in a stream that is no more than a stream. */
  async fill(count = 0) {
    for (let first = 1; first <= count; first += 100) {
      const indexes = Array.from({ length: Math.min(100, count - first + 1) }, (_, offset) => first + offset)
      await log.append(
        topic,
        indexes.map((index) => ({ id: idOf(index), type: 'terminal', data: dataOf(index) })),
      )
      await Promise.all(indexes.map((index) => bare.xadd('bare', `${index}-0`, 'e', JSON.stringify(eventOf(index)))))
    }
    return []
  },

  /** Reads all of it, a page at a time; answers how long that took, in ms. */
  async readBare(count = 0) {
    const started = performance.now()
    let read = 0
    for (let from = '-'; ; ) {
      const entries = await bare.xrange('bare', from, '+', 'COUNT', page)
      read += entries.length
      const last = entries.at(-1)
      if (!last || entries.length < page) break
      from = `(${last[0]}`
    }
    if (read !== count) throw new Error(`${read} of ${count} entries were read`)
    return [performance.now() - started]
  },
})
