import { createEmitter, createSubscriber, defineTopic } from '@steadywire/core'
import { memory } from '@steadywire/memory'
import { memoryLog } from '@steadywire/server'
import * as z from 'zod'

const job = defineTopic('job:{jobId}', { progress: z.object({ percent: z.number() }), done: z.object({}) })
const log = memoryLog()

const emitter = createEmitter({ to: log })
for (const percent of [25, 50, 100]) await emitter.emit(job({ jobId: 'abc' }), 'progress', { percent })
await emitter.emit(job({ jobId: 'abc' }), 'done', {}, { final: true })

const subscriber = createSubscriber({ transport: memory({ log }) }) // or sse({ url }): nothing else changes
for await (const event of subscriber.stream(job({ jobId: 'abc' }), { from: 'start', gaps: 'throw' }))
  console.log(event.seq, event.type === 'progress' ? `${event.data.percent} %` : 'done')
await subscriber.close()
