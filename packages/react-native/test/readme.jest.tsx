import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, jest } from '@jest/globals'
import type { Subscriber } from '@steadywire/core'
import type { NativeCursors } from '@steadywire/react-native'
import { render, screen, waitFor } from '@testing-library/react-native'
import type { ComponentType } from 'react'
import { serveEvents } from './server.ts'

jest.mock('@react-native-community/netinfo', () =>
  jest.requireActual('@react-native-community/netinfo/jest/netinfo-mock.js'),
)
jest.mock('react-native/Libraries/Network/RCTNetworking', () => ({
  default: jest.requireActual<typeof import('./network-bridge.ts')>('./network-bridge.ts').createNetworkBridge(),
}))
// Stand-ins of what is not installed here: it takes tens of megabytes, or comes with a whole platform.
jest.mock('@react-native-async-storage/async-storage', () => mockStorage(), { virtual: true })
jest.mock('react-native-mmkv', () => ({ createMMKV: () => mockStorage() }), { virtual: true })
jest.mock('expo/fetch', () => ({ fetch: globalThis.fetch }), { virtual: true })

function mockStorage() {
  const entries = new Map<string, string>()
  const get = (key: string) => entries.get(key)
  const set = (key: string, value: string) => void entries.set(key, value)
  const remove = (key: string) => entries.delete(key)
  return {
    getItem: get,
    getString: get,
    setItem: set,
    set,
    removeItem: remove,
    remove,
    getAllKeys: () => [...entries.keys()],
  }
}

interface Example {
  readonly App: ComponentType
  readonly Indicator: ComponentType
  readonly subscriber: Subscriber
  readonly quick: NativeCursors
}

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

it('the examples of the README run', async () => {
  const server = await serveEvents()
  closing.push(server.close)
  const { default: XMLHttpRequest } = jest.requireActual<{ default: unknown }>(
    'react-native/Libraries/Network/XMLHttpRequest',
  )
  Object.assign(globalThis, { XMLHttpRequest })
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```tsx?\n([\s\S]*?)```/g)].map(([, code = '']) => code)
  const file = join(__dirname, `readme-${process.pid}.gen.tsx`)
  const code = blocks.join('\n').replaceAll('https://api.example.com/events', server.url)
  writeFileSync(file, `${code}\nexport { patient, quick, subscriber, transport }\n`)
  closing.push(() => rmSync(file))
  const { App, Indicator, subscriber, quick } = jest.requireActual<Example>(file)
  closing.push(() => subscriber.close())
  await server.append('session:42', 2)
  await render(<App />)
  const shown = (count: number) =>
    waitFor(() => expect(screen.getAllByText('{"text":"é"}')).toHaveLength(count), { timeout: 20_000 })
  await shown(2)
  await server.append('session:42', 1)
  await shown(3)
  await quick.advance('a', '1~~e')
  await quick.flush()
  expect(await quick.get('a')).toBe('1~~e')
  expect(Indicator).toBeInstanceOf(Function)
})
