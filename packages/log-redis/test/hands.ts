import { type Cluster, Redis } from 'ioredis'
import { keysUnder } from '../src/keys.ts'

/** What an operator, a backup or a failover can do to a topic behind the log's back. */
export function handsOn(url: string, prefix = 'sw') {
  const redis = new Redis(url, { retryStrategy: () => 20 })
  redis.on('error', () => {})
  return { redis, ...handsWith(redis, prefix), close: async () => redis.disconnect() }
}

export function handsWith(redis: Redis | Cluster, prefix = 'sw') {
  const keysOf = keysUnder(prefix)
  return {
    keysOf,
    /** Removes what is at or below `seq`, as the log's own retention does. */
    async trim(topic: string, seq: number) {
      const { hash, stream } = keysOf(topic)
      await redis.eval(trimScript, 2, hash, stream, seq)
    },
    /** Takes the topic back to `seq`, as a failover that lost the tail does: nothing of what came later is known. */
    async rewind(topic: string, seq: number) {
      const { hash, stream } = keysOf(topic)
      await redis.eval(rewindScript, 2, hash, stream, seq)
    },
  }
}

const trimScript = `
local entry = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1]
if not entry then return end
local mark = string.sub(string.match(entry[2][2], '^{"id":"([^"]*)"'), -8)
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[1] + 1)
redis.call('HSET', KEYS[1], 'oldest', ARGV[1] + 1, 'low', mark)
`

const rewindScript = `
local id
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], ARGV[1] + 1, '+')) do redis.call('XDEL', KEYS[2], entry[1]) end
local entry = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1]
redis.call('XSETID', KEYS[2], entry[1])
local mark = string.sub(string.match(entry[2][2], '^{"id":"([^"]*)"'), -8)
redis.call('HSET', KEYS[1], 'head', ARGV[1], 'mark', mark)
redis.call('HDEL', KEYS[1], 'sealed')
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local seq = string.match(all[i + 1], '^%d+')
  if string.find(all[i], '^[ik]') and tonumber(seq) > tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], all[i]) end
end
`
