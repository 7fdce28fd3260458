import { testLog } from '@steadywire/conformance'
import { redisLog } from '../src/index.ts'
import { handsOn } from './hands.ts'
import { openRedis } from './servers.ts'

testLog({
  name: 'redis',
  async setup() {
    const server = await openRedis({ persistence: 'always' })
    const { url, prefix, breakTails } = server
    const open = () => redisLog({ redis: url, prefix })
    const [log, other] = [open(), open()]
    const opened = [log, other]
    const hands = handsOn(url, prefix)
    return {
      log,
      other,
      async restart(data: 'kept' | 'lost') {
        if (data === 'lost') await server.flush()
        await server.kill()
        await server.start()
        const reopened = open()
        opened.push(reopened)
        return reopened
      },
      trim: hands.trim,
      rewind: hands.rewind,
      ...(breakTails && { breakTails }),
      async close() {
        await hands.close()
        for (const each of opened) await each.close()
        await server.close()
      },
    }
  },
})
