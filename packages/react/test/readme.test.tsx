// @vitest-environment jsdom
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestWire } from '@steadywire/core/testing'
import { renderWithWire } from '@steadywire/react/testing'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ComponentType, createElement } from 'react'
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { act, cleanup, render, screen, waitFor } from './testing-library.ts'

const notify = vi.fn()
const wire = createTestWire()
Object.assign(globalThis, {
  notify,
  fetchLineCount: async () => 40,
  testTransport: wire.transport,
  testClock: wire.clock,
})

type Part = ComponentType<{ readonly jobId?: string; readonly orgId?: string }>
let parts: Readonly<Record<string, Part>> & { readonly itShowsLines: () => Promise<void> }

beforeAll(async () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```tsx\n([\s\S]*?)```/g)].map(([, code = '']) => code)
  const whole = blocks.filter((code) => !code.startsWith('// app/')).map((code) => code.replace(/^export /gm, ''))
  // A page has another address than the one where events are; and time that the test moves.
  const code = whole.join('\n').replace("sse({ url: '/live' })", 'testTransport, clock: testClock')
  const names = [...code.matchAll(/^(?:async )?function (\w+)/gm)].map(([, name]) => name)
  const file = join(import.meta.dirname, `readme-${process.pid}.gen.tsx`)
  writeFileSync(file, `${code}\nexport { ${names.join(', ')} }\n`)
  try {
    parts = await import(/* @vite-ignore */ file)
  } finally {
    rmSync(file)
  }
})

function part(name: string): Part {
  const found = parts[name]
  if (!found) throw new Error(`The README has no ${name}`)
  return found
}

it('the common case shows events and the connection', async () => {
  const { container } = render(createElement(part('App')))
  onTestFinished(cleanup)
  await act(() => wire.settled())
  await waitFor(() => expect(screen.queryByRole('button')).toBeNull())
  wire.emit('job:7', 'log', { line: 'hello' })
  await act(() => wire.settled())
  await waitFor(() => expect(container.textContent).toBe('hello\n'))
})

it('each hook does what it says', async () => {
  const names = ['Progress', 'Lines', 'Notices', 'SwrLayout', 'Job'].map(part)
  const page = names.map((Each) => <Each key={Each.name} jobId="7" orgId="1" />)
  const rendered = renderWithWire(
    <QueryClientProvider client={new QueryClient()}>
      {page}
      {createElement(part('QueryLayout'), { orgId: '1' })}
    </QueryClientProvider>,
  )
  onTestFinished(cleanup)
  await rendered.advance(1000)
  expect(notify).toHaveBeenCalledWith('refresh all: attached')
  rendered.wire.emit('job:7', 'progress', { percent: 50 })
  rendered.wire.emit('job:7', 'log', { line: 'hello' })
  rendered.wire.emit('org:1', 'job.created', {})
  await rendered.settled()
  expect(screen.getByRole('progressbar').getAttribute('value')).toBe('50')
  expect(screen.getAllByText('41 lines').length).toBe(1)
  expect(notify).toHaveBeenCalledWith('50 %')
  expect(screen.getByRole('log')).toBeTruthy()
  await rendered.advance(1000)
  expect(notify).toHaveBeenCalledWith('2 changed')
})

it('the test of an app passes', async () => {
  onTestFinished(cleanup)
  await parts.itShowsLines()
})
