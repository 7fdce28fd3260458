// A worker of any number: REDIS_URL=redis://127.0.0.1:6379 node worker.ts JOB
import { createEmitter } from '@steadywire/core'
import { redisLog } from '@steadywire/log-redis'
import { job } from './job.ts'

const { REDIS_URL = 'redis://127.0.0.1:6379' } = process.env
const [jobId = 'demo'] = process.argv.slice(2)

const log = redisLog({ redis: REDIS_URL, topics: [job] })
const emitter = createEmitter({ to: log })

for (let percent = 1; percent <= 100; percent++) {
  // The key: a worker that crashes and does its job again makes no second event.
  await emitter.emit(job({ jobId }), 'progress', { percent }, { key: `percent:${percent}` })
  await new Promise((resolve) => setTimeout(resolve, 20))
}
await emitter.emit(job({ jobId }), 'done', { result: 'all done' }, { key: 'done', final: true })
await emitter.close()
await log.close()
