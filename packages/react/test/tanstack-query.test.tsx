// @vitest-environment jsdom
import { createTestWire } from '@steadywire/core/testing'
import { type InvalidationOptions, type QueryRules, useQueryInvalidation } from '@steadywire/react/tanstack-query'
import { renderWithWire } from '@steadywire/react/testing'
import { QueryClient, QueryClientProvider, type QueryKey, useQuery } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { topic } from './org.ts'
import { cleanup, waitFor } from './testing-library.ts'

const fetched = vi.fn<(key: QueryKey) => void>()
beforeEach(() => void fetched.mockReset())
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

type Options = InvalidationOptions<QueryKey>

function Shows({ name }: { readonly name: QueryKey }) {
  const { data } = useQuery({ queryKey: name })
  return <p>{data as string}</p>
}

function Invalidates({ rules, options }: { readonly rules: QueryRules<typeof topic>; readonly options: Options }) {
  useQueryInvalidation(topic, rules, { quietMs: 20, ...options })
  return null
}

/** A page that has fetched once what it shows, and is live. */
async function renderPage(rules: QueryRules<typeof topic>, shown: readonly QueryKey[], options: Options = {}) {
  const queryFn = ({ queryKey }: { readonly queryKey: QueryKey }) => {
    fetched(queryKey)
    return JSON.stringify(queryKey)
  }
  const client = new QueryClient({ defaultOptions: { queries: { queryFn, staleTime: Number.POSITIVE_INFINITY } } })
  const page = (names: readonly QueryKey[]) => (
    <QueryClientProvider client={client}>
      {names.map((name) => (
        <Shows key={JSON.stringify(name)} name={name} />
      ))}
      <Invalidates rules={rules} options={options} />
    </QueryClientProvider>
  )
  const rendered = renderWithWire(page(shown), { wire: createTestWire() })
  await rendered.settled()
  await waitFor(() => expect(client.isFetching()).toBe(0))
  await rendered.advance(100)
  await waitFor(() => expect(client.isFetching()).toBe(0))
  fetched.mockClear()
  return { ...rendered, client, show: (names: readonly QueryKey[]) => rendered.rerender(page(names)) }
}

const keys = () => fetched.mock.calls.map(([key]) => key)

it('fetches once what many events made stale, with all keys that begin alike', async () => {
  const { wire, advance } = await renderPage({ 'job.*': ['jobs'] }, [['jobs'], ['jobs', 7], ['other']])
  for (let count = 0; count < 10; count += 1) wire.emit(topic, 'job.updated', { title: `${count}` })
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual([['jobs'], ['jobs', 7]]))
})

it('takes several keys, and counts two types about one entity both', async () => {
  const { wire, advance } = await renderPage(
    { 'job.updated': ['jobs'], 'evidence.uploaded': ({ entity }) => ({ keys: [['jobs'], ['documents', entity?.id]] }) },
    [['jobs'], ['documents', '7'], ['documents', '8']],
  )
  const entity = { type: 'job', id: '7' }
  wire.emit(topic, 'evidence.uploaded', { bytes: 1 }, { entity })
  wire.emit(topic, 'job.updated', { title: 'a' }, { entity })
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual([['jobs'], ['documents', '7']]))
})

it('only marks what is not mounted', async () => {
  const { wire, advance, client, show } = await renderPage({ '*': ['jobs'] }, [['jobs'], ['other']])
  show([['other']])
  wire.emit(topic, 'JOB_CREATED', {})
  await advance(1000)
  await waitFor(() => expect(client.getQueryState(['jobs'])?.isInvalidated).toBe(true))
  expect(keys()).toEqual([])
  show([['jobs'], ['other']])
  await waitFor(() => expect(keys()).toEqual([['jobs']]))
})

it('refreshes all that is mounted and in scope after a gap', async () => {
  const { wire, advance } = await renderPage({ 'job.*': ['jobs'] }, [['jobs'], ['users'], ['other']], {
    scope: ([first]) => first !== 'other',
  })
  wire.emit(topic, 'job.created', {})
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual([['jobs']]))
  wire.restartLog()
  await advance(60_000)
  await waitFor(() => expect(keys()).toEqual([['jobs'], ['jobs'], ['users']]))
})

it('refreshes after five minutes away, not after one', async () => {
  const { wire, advance } = await renderPage({ 'job.*': ['jobs'] }, [['jobs'], ['users']])
  const away = async (minutes: number) => {
    wire.offline()
    wire.clock.jumpWall(minutes * 60_000)
    wire.offline(false)
    await advance(1000)
  }
  await away(1)
  wire.emit(topic, 'job.created', {})
  await advance(100)
  await waitFor(() => expect(keys()).toEqual([['jobs']]))
  await away(6)
  await waitFor(() => expect(keys()).toEqual([['jobs'], ['jobs'], ['users']]))
})

it('is told when: not after a gap, but whenever the app comes to the front', async () => {
  const { wire, advance } = await renderPage({ 'job.*': ['jobs'] }, [['jobs']], { refreshOn: ['foreground'] })
  wire.emit(topic, 'evidence.uploaded', { bytes: 1 })
  await advance(1000)
  wire.restartLog()
  await advance(60_000)
  wire.background()
  await advance(1000)
  expect(keys()).toEqual([])
  wire.background(false)
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual([['jobs']]))
})

it('fetches again what was fetched before the topic was attached', async () => {
  const client = new QueryClient()
  const queryFn = () => {
    fetched(['jobs'])
    return 'jobs'
  }
  function Jobs() {
    useQuery({ queryKey: ['jobs'], queryFn })
    return <Invalidates rules={{ 'job.*': ['jobs'] }} options={{}} />
  }
  const { wire, advance } = renderWithWire(
    <QueryClientProvider client={client}>
      <Jobs />
    </QueryClientProvider>,
  )
  await waitFor(() => expect(client.getQueryState(['jobs'])?.status).toBe('success'))
  wire.emit(topic, 'job.created', {})
  await advance(1000)
  await waitFor(() => expect(keys()).toEqual([['jobs'], ['jobs']]))
})
