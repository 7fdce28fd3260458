// An app, behind a balancer or two: URL=http://127.0.0.1:8080 node app.ts JOB
import { createSubscriber, failover } from '@steadywire/core'
import { socketio } from '@steadywire/socketio'
import { sse } from '@steadywire/sse'
import { job } from './job.ts'

const { URL: url = 'http://127.0.0.1:8080' } = process.env
const [jobId = 'demo'] = process.argv.slice(2)

// Both wires reach the same log: where WebSockets are blocked or die, SSE goes on after the last event.
const transport = failover([socketio({ url, transports: ['websocket'] }), sse({ url: `${url}/events` })], {
  sameLog: true,
})
const subscriber = createSubscriber({ transport, backoff: { maxAttempts: Number.POSITIVE_INFINITY } })

for await (const event of subscriber.stream(job({ jobId }), { from: 'start', gaps: 'throw' }))
  console.log(event.seq, event.type, event.type === 'progress' ? event.data.percent : event.data.result)
await subscriber.close()
