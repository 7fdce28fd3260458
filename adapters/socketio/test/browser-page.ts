// What the pages of the browser test run, bundled for them: a subscriber that follows one topic, as its address asks.
import { createSubscriber } from '@steadywire/core'
import { socketio } from '../src/index.ts'

const asked = new URLSearchParams(location.search)
const seen: number[] = []
const errors: string[] = []
const subscriber = createSubscriber({
  transport: socketio({
    url: asked.get('url') ?? '/',
    transports: (asked.get('transports') ?? 'polling,websocket').split(','),
    withCredentials: asked.has('cookies'),
  }),
  backoff: { delaysMs: [100] },
})
subscriber.on('error', ({ code }) => void errors.push(code))
const subscription = subscriber.subscribe(asked.get('topic') ?? 'job:1', {
  from: 'start',
  event: ({ seq }) => void seen.push(seq),
  gap: ({ reason }) => void errors.push(`gap: ${reason}`),
})
subscription.ready.catch(() => {})

const app = {
  seen,
  errors,
  get state() {
    return subscriber.state
  },
  get status() {
    return subscription.status
  },
}
export type App = typeof app

Object.assign(globalThis, { app })
