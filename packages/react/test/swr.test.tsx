// @vitest-environment jsdom
import { createTestWire } from '@steadywire/core/testing'
import { type InvalidationOptions, type SwrRules, useSwrInvalidation } from '@steadywire/react/swr'
import { renderWithWire } from '@steadywire/react/testing'
import useSWR, { type Arguments, SWRConfig } from 'swr'
import useSWRInfinite, { unstable_serialize } from 'swr/infinite'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { topic } from './org.ts'
import { cleanup, screen, waitFor } from './testing-library.ts'

const fetched = vi.fn<(key: unknown) => void>()
beforeEach(() => void fetched.mockReset())
afterEach(cleanup)

function Shows({ name }: { readonly name: Arguments }) {
  const { data } = useSWR(name)
  return <p>{data}</p>
}

const pageKey = (index: number) => `/api/pages/${index}`

function Pages() {
  const { data } = useSWRInfinite(pageKey, { initialSize: 2 })
  return <p>{data}</p>
}

const quietMs = 20

function Invalidates({ rules, options }: { rules: SwrRules<typeof topic>; options?: InvalidationOptions<Arguments> }) {
  useSwrInvalidation(topic, rules, { quietMs, ...options })
  return null
}

const fetcher = (key: unknown): string => {
  fetched(key)
  return `${JSON.stringify(key)} ${fetched.mock.calls.length}`
}

interface Wish {
  readonly shown: readonly Arguments[]
  readonly options?: InvalidationOptions<Arguments>
}

/** A page that has fetched once what it shows, and is live. */
async function renderPage(rules: SwrRules<typeof topic>, { shown, options }: Wish) {
  const page = (names: readonly Arguments[], isListening = true) => (
    <SWRConfig value={{ provider: () => cache, fetcher, dedupingInterval: 0 }}>
      {names.map((name) => (
        <Shows key={JSON.stringify(name)} name={name} />
      ))}
      {isListening && <Invalidates rules={rules} {...(options && { options })} />}
    </SWRConfig>
  )
  const cache = new Map()
  const rendered = renderWithWire(page(shown), { wire: createTestWire() })
  await rendered.settled()
  await waitFor(() => expect(screen.getAllByText(/\d/).length).toBe(shown.length))
  await rendered.advance(quietMs)
  fetched.mockClear()
  return {
    ...rendered,
    show: (names: readonly Arguments[], isListening?: boolean) => rendered.rerender(page(names, isListening)),
  }
}

const keys = () => fetched.mock.calls.map(([key]) => key)

it('fetches once what many events made stale', async () => {
  const { wire, advance } = await renderPage({ 'job.*': '/api/jobs' }, { shown: ['/api/jobs', '/api/other'] })
  for (let count = 0; count < 10; count += 1) wire.emit(topic, 'job.updated', { title: `${count}` })
  wire.emit(topic, 'evidence.uploaded', { bytes: 1 })
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
})

it('counts two types about one entity both, each event by all patterns that match', async () => {
  const { wire, advance } = await renderPage(
    {
      'job.updated': '/api/jobs',
      'evidence.uploaded': ({ entity }) => [`/api/jobs/${entity?.id}/documents`, ['/api/bytes', '7']],
      '*': ({ type }) => (type === 'JOB_CREATED' ? '/api/other' : undefined),
    },
    { shown: ['/api/jobs', '/api/jobs/7/documents', ['/api/bytes', '7'], '/api/other'] },
  )
  const entity = { type: 'job', id: '7' }
  wire.emit(topic, 'job.updated', { title: 'a' }, { entity })
  wire.emit(topic, 'evidence.uploaded', { bytes: 1 }, { entity })
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual(['/api/jobs', '/api/jobs/7/documents', ['/api/bytes', '7']]))
})

it('fetches what is not mounted when it is mounted next', async () => {
  const { wire, advance, show } = await renderPage({ 'job.*': '/api/jobs' }, { shown: ['/api/jobs', '/api/other'] })
  show(['/api/other'])
  wire.emit(topic, 'job.created', {})
  await advance(1000)
  expect(keys()).toEqual([])
  show(['/api/jobs', '/api/other'])
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
})

it('tells the cache what was gathered when it goes', async () => {
  const { wire, advance, show } = await renderPage(
    { 'job.*': '/api/jobs' },
    { shown: ['/api/jobs'], options: { quietMs: 60_000 } },
  )
  wire.emit(topic, 'job.created', {})
  await advance(1000)
  show(['/api/jobs'], false)
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
})

it('refreshes all that is mounted and in scope after a gap, once the topic is attached again', async () => {
  const scope = (key: Arguments) => key !== '/api/other'
  const { wire, advance } = await renderPage(
    { 'job.*': '/api/jobs' },
    { shown: ['/api/jobs', '/api/users', '/api/other'], options: { scope } },
  )
  wire.emit(topic, 'job.created', {})
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
  wire.restartLog()
  await advance(60_000)
  await waitFor(() => expect(keys().sort()).toEqual(['/api/jobs', '/api/jobs', '/api/users']))
})

function Lists({ rules, options }: { rules: SwrRules<typeof topic>; options?: InvalidationOptions<Arguments> }) {
  return (
    <SWRConfig value={{ provider: () => new Map(), fetcher, dedupingInterval: 0 }}>
      <Pages />
      <Invalidates rules={rules} {...(options && { options })} />
    </SWRConfig>
  )
}

/** A page with an infinite list that has fetched two pages, and is live. */
async function renderLists(rules: SwrRules<typeof topic>, options?: InvalidationOptions<Arguments>) {
  const rendered = renderWithWire(<Lists rules={rules} {...(options && { options })} />)
  await rendered.settled()
  await waitFor(() => expect(keys()).toEqual(['/api/pages/0', '/api/pages/1']))
  await rendered.advance(quietMs)
  await waitFor(() => expect(keys().length).toBe(options ? 2 : 4))
  fetched.mockClear()
  return rendered
}

it('takes the key of an infinite list, for all its pages', async () => {
  const { wire, advance } = await renderLists({ 'job.*': unstable_serialize(pageKey) })
  wire.emit(topic, 'job.created', {})
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual(['/api/pages/0', '/api/pages/1']))
})

it('refreshes infinite lists after a gap, in scope by the key of the first page', async () => {
  const scope = vi.fn((key: Arguments) => key === '/api/other')
  const { wire, advance } = await renderLists({}, { scope })
  wire.emit(topic, 'job.created', {})
  await advance(1000)
  wire.restartLog()
  await advance(60_000)
  expect(scope).toHaveBeenCalledWith('/api/pages/0')
  expect(keys()).toEqual([])
  scope.mockImplementation((key) => key === '/api/pages/0')
  wire.emit(topic, 'job.created', {})
  await advance(1000)
  wire.restartLog()
  await advance(60_000)
  await waitFor(() => expect(keys()).toEqual(['/api/pages/0', '/api/pages/1']))
})

it('fetches again what was fetched before the topic was attached', async () => {
  const wire = createTestWire()
  wire.offline()
  const page = (
    <SWRConfig value={{ provider: () => new Map(), fetcher, dedupingInterval: 0 }}>
      <Shows name="/api/jobs" />
      <Invalidates rules={{ 'job.*': '/api/jobs' }} />
    </SWRConfig>
  )
  const { settled, advance } = renderWithWire(page, { wire })
  await settled()
  await advance(3_600_000)
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
  wire.emit(topic, 'job.created', {})
  wire.offline(false)
  await advance(5000)
  await waitFor(() => expect(keys()).toEqual(['/api/jobs', '/api/jobs']))
})

it('a rule that throws loses nothing of what the others say', async () => {
  const { wire, advance, subscriber } = await renderPage(
    {
      'job.*': () => {
        throw new Error('a rule')
      },
      'job.created': '/api/jobs',
    },
    { shown: ['/api/jobs'] },
  )
  const causes: unknown[] = []
  subscriber.on('error', ({ cause }) => void causes.push(cause))
  wire.emit(topic, 'job.created', {})
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
  expect(causes).toEqual([new Error('a rule')])
})

it('says nothing where the cache goes with it', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { wire, settled, unmount } = await renderPage({ 'job.*': '/api/jobs' }, { shown: ['/api/jobs'] })
  wire.emit(topic, 'job.created', {})
  await settled()
  unmount()
  await settled()
  expect(logged).not.toHaveBeenCalled()
  logged.mockRestore()
})
