import { testLog } from '@steadywire/conformance'
import type { PostgresServerOptions } from '@steadywire/postgres-server'
import { afterAll } from 'vitest'
import { postgresLog } from '../src/index.ts'
import { handsOn } from './hands.ts'
import { postgresWithLog } from './setup.ts'

/** The log suite, on a server of its own. */
export async function testPostgresLog(name: string, options?: PostgresServerOptions): Promise<void> {
  const server = await postgresWithLog(options)
  afterAll(() => server.close())

  testLog({
    name,
    async setup() {
      const open = () => postgresLog({ postgres: server.url })
      const opened = [open(), open()] as const
      const reopened: ReturnType<typeof open>[] = []
      const hands = handsOn(server.url)
      return {
        log: opened[0],
        other: opened[1],
        async restart(data: 'kept' | 'lost') {
          if (data === 'lost') await hands.forgetAll()
          await server.kill()
          await server.start()
          const log = open()
          reopened.push(log)
          return log
        },
        trim: hands.trim,
        rewind: hands.rewind,
        breakTails: hands.breakTails,
        async close() {
          for (const log of [...opened, ...reopened]) await log.close()
          await hands.close()
        },
      }
    },
  })
}
