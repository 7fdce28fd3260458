// A process that has a log, closes it when it is told to, and then has nothing more to do.
import { once } from 'node:events'
import { postgresLog } from '../src/index.ts'

const log = postgresLog({ postgres: process.argv[2] ?? '' })
await log.append('t:1', [{ id: 'one', type: 'note', data: 1 }])
await log.tail('t:1', { wake() {}, lost() {} })
process.send?.('open')
await once(process, 'message')
await log.close()
process.send?.('closed')
process.disconnect()
