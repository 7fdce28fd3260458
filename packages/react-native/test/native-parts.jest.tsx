import { afterEach, expect, it, jest } from '@jest/globals'
import NetInfo, { type NetInfoState, NetInfoStateType } from '@react-native-community/netinfo'
import { createSubscriber, type LifecycleEvents } from '@steadywire/core'
import * as hooks from '@steadywire/react'
import * as native from '@steadywire/react-native'
import { nativeCursors, nativeLifecycle, useEvents, type XhrLike, xhrSource } from '@steadywire/react-native'
import { sse } from '@steadywire/sse'
import { screen } from '@testing-library/react-native'
import { AppState, type AppStateStatus, Text } from 'react-native'
import { renderWithWire } from './render-with-wire.tsx'
import { serveEvents } from './server.ts'

jest.mock('@react-native-community/netinfo', () =>
  jest.requireActual('@react-native-community/netinfo/jest/netinfo-mock.js'),
)
jest.mock('react-native/Libraries/Network/RCTNetworking', () => ({
  default: jest.requireActual<typeof import('./network-bridge.ts')>('./network-bridge.ts').createNetworkBridge(),
}))

const { default: XMLHttpRequest } = jest.requireActual<{ default: new () => XhrLike }>(
  'react-native/Libraries/Network/XMLHttpRequest',
)

function Numbers() {
  const { events } = useEvents('job:1')
  return <Text>{events.map(({ seq }) => seq).join(' ')}</Text>
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

it('takes AppState and NetInfo as they are', () => {
  const on: LifecycleEvents = {
    suspended: jest.fn(),
    resumed: jest.fn(),
    held: jest.fn(),
    released: jest.fn(),
    woke: jest.fn(),
  }
  const added = jest.spyOn(AppState, 'addEventListener')
  const listened = jest.mocked(NetInfo.addEventListener)
  nativeCursors({ storage: { getItem: () => null, setItem() {}, removeItem() {} }, appState: AppState })
  nativeLifecycle({ appState: AppState, netInfo: NetInfo }).watch(on)
  const become = added.mock.calls[0]?.[1] as unknown as (state: AppStateStatus) => void
  become('background')
  expect(on.suspended).toHaveBeenCalledWith('background')
  become('active')
  expect(on.resumed).toHaveBeenCalledWith('background')
  expect(NetInfo.refresh).toHaveBeenCalledTimes(1)
  const network = listened.mock.calls[0]?.[0] as (state: NetInfoState) => void
  network({ type: NetInfoStateType.none, isConnected: false, isInternetReachable: false, details: null })
  expect(on.suspended).toHaveBeenCalledWith('offline')
})

it('shows events by a hook that comes from here', async () => {
  const { wire, settled } = await renderWithWire(<Numbers />)
  await settled()
  wire.emit('job:1', 'tick', {})
  wire.emit('job:1', 'tick', {})
  await settled()
  await screen.findByText('1 2')
})

it('hands on everything that @steadywire/react has', () => {
  expect(Object.keys(native)).toEqual(expect.arrayContaining(Object.keys(hooks)))
})

it('streams over React Native’s own XMLHttpRequest, which is opened anew before its text becomes too long', async () => {
  const server = await serveEvents()
  closing.push(server.close)
  const open = xhrSource({ XMLHttpRequest, maxChars: 20_000 })
  const subscriber = createSubscriber({ transport: sse({ url: server.url, open }), identity: { token: 'é' } })
  closing.push(() => subscriber.close())
  const seqs: number[] = []
  await subscriber.subscribe('job:1', { from: 'start', event: ({ seq }) => void seqs.push(seq), gap() {} }).ready
  for (let burst = 1; burst <= 10; burst += 1) {
    await server.append('job:1', 10, 500)
    await until(() => seqs.length === burst * 10)
  }
  expect(seqs).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  expect(server.streams.length).toBeGreaterThan(2)
  expect(server.streams[0]).toMatchObject({ accept: 'text/event-stream', 'accept-encoding': 'identity' })
  expect(subscriber.connection.attempt).toBe(0)
})

it('is told what the phone says when the line breaks, and not its text', async () => {
  const server = await serveEvents()
  const open = xhrSource({ XMLHttpRequest })
  const request = { url: `${server.url}/stream`, method: 'POST', body: '{"topics":[]}' } as const
  const headers = { 'content-type': 'application/json' }
  const { status, chunks } = await open({ ...request, headers, signal: new AbortController().signal })
  expect(status).toBe(200)
  expect((await chunks.next()).value).toContain('hello')
  await server.break()
  await expect(chunks.next()).rejects.toThrow('The connection was lost')
  await expect(open({ ...request, headers, signal: new AbortController().signal })).rejects.toThrow('lost')
})
