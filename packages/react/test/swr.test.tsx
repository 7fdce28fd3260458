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
  const { data } = useSWRInfinite(pageKey)
  return <p>{data}</p>
}

function Invalidates({ rules, options }: { rules: SwrRules<typeof topic>; options?: InvalidationOptions<Arguments> }) {
  useSwrInvalidation(topic, rules, { quietMs: 20, ...options })
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
  fetched.mockClear()
  return {
    ...rendered,
    show: (names: readonly Arguments[], isListening?: boolean) => rendered.rerender(page(names, isListening)),
  }
}

const keys = () => fetched.mock.calls.map(([key]) => key)

it('fetches once what many events made stale', async () => {
  const { wire, settled } = await renderPage({ 'job.*': '/api/jobs' }, { shown: ['/api/jobs', '/api/other'] })
  for (let count = 0; count < 10; count += 1) wire.emit(topic, 'job.updated', { title: `${count}` })
  wire.emit(topic, 'evidence.uploaded', { bytes: 1 })
  await settled()
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
})

it('counts two types about one entity both, each event by all patterns that match', async () => {
  const { wire, settled } = await renderPage(
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
  await settled()
  await waitFor(() => expect(keys()).toEqual(['/api/jobs', '/api/jobs/7/documents', ['/api/bytes', '7']]))
})

it('fetches what is not mounted when it is mounted next', async () => {
  const { wire, settled, show } = await renderPage({ 'job.*': '/api/jobs' }, { shown: ['/api/jobs', '/api/other'] })
  show(['/api/other'])
  wire.emit(topic, 'job.created', {})
  await settled()
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(keys()).toEqual([])
  show(['/api/jobs', '/api/other'])
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
})

it('tells the cache what was gathered when it goes', async () => {
  const { wire, settled, show } = await renderPage(
    { 'job.*': '/api/jobs' },
    { shown: ['/api/jobs'], options: { quietMs: 60_000 } },
  )
  wire.emit(topic, 'job.created', {})
  await settled()
  show(['/api/jobs'], false)
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
})

it('refreshes all that is mounted and in scope after a gap, once the topic is attached again', async () => {
  const scope = (key: Arguments) => key !== '/api/other'
  const { wire, settled, advance } = await renderPage(
    { 'job.*': '/api/jobs' },
    { shown: ['/api/jobs', '/api/users', '/api/other'], options: { scope } },
  )
  wire.emit(topic, 'job.created', {})
  await settled()
  await waitFor(() => expect(keys()).toEqual(['/api/jobs']))
  wire.restartLog()
  await advance(60_000)
  await waitFor(() => expect(keys().sort()).toEqual(['/api/jobs', '/api/jobs', '/api/users']))
})

it('takes the key of an infinite list', async () => {
  const pages = (
    <SWRConfig value={{ provider: () => new Map(), fetcher, dedupingInterval: 0 }}>
      <Pages />
      <Invalidates rules={{ 'job.*': unstable_serialize(pageKey) }} />
    </SWRConfig>
  )
  const { wire, settled } = renderWithWire(pages)
  await settled()
  await waitFor(() => expect(keys()).toEqual(['/api/pages/0']))
  fetched.mockClear()
  wire.emit(topic, 'job.created', {})
  await settled()
  await waitFor(() => expect(keys()).toEqual(['/api/pages/0']))
})
