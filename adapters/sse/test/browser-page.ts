// What the pages of the browser tests run, bundled for them: a subscriber that follows one topic, as its address asks.
import { createSubscriber } from '@steadywire/core'
import { browserLifecycle, webStorageCursors } from '@steadywire/core/browser'
import { sse } from '../src/index.ts'

const asked = new URLSearchParams(location.search)
const of = (name: string) => asked.get(name) ?? undefined
const [url = '/events', topic = 'job:1', name, subject] = [of('url'), of('topic'), of('name'), of('subject')]
const identityOf = (subject?: string) => (subject === undefined ? {} : { subject, token: subject })

const seen: number[] = []
const errors: string[] = []
const subscriber = createSubscriber({
  transport: sse({ url }),
  identity: identityOf(subject),
  cursors: webStorageCursors(),
  lifecycle: browserLifecycle(),
  backoff: { delaysMs: [100] },
})
subscriber.on('error', ({ code }) => void errors.push(code))
const subscription = subscriber.subscribe(topic, {
  from: 'start',
  ...(name !== undefined && { name }),
  event: ({ seq }) => void seen.push(seq),
  gap: ({ reason }) => void errors.push(`gap: ${reason}`),
})
subscription.ready.catch(() => {})

const app = {
  seen,
  errors,
  get status() {
    return subscription.status
  },
  get state() {
    return subscriber.state
  },
  /** Answers how many events had been shown when it was called. */
  async changeIdentity(subject: string): Promise<number> {
    const shown = seen.length
    await subscriber.changeIdentity(identityOf(subject), { purge: true })
    return shown
  },
  close: () => subscriber.close(),
}
export type App = typeof app

Object.assign(globalThis, { app })
