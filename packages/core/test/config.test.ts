import { fromEnv, lazy, type Transport, transportFromConfig, type UnsequencedTransport } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import { expect, it, vi } from 'vitest'

const { transport } = createTestWire()
const sse = vi.fn((_: { url: string }): Transport => transport)
const context = {
  token: async () => undefined,
  heard() {},
  warn() {},
  wanted: [],
  signal: new AbortController().signal,
}
const untyped = (config: unknown) => config as { transport: string }

it('makes the transport that is named, with its options', () => {
  expect(transportFromConfig({ transport: 'sse', url: '/live' }, { sse })).toBe(transport)
  expect(sse).toHaveBeenCalledWith({ url: '/live' })
})

it('says what is known and what was probably meant', () => {
  const failure = (config: unknown) => () => transportFromConfig(untyped(config), { sse, socketio: sse })
  const hint = (text: string) =>
    expect.objectContaining({ code: 'invalid_config', hint: expect.stringContaining(text) })
  expect(failure({ transport: 'see' })).toThrow(hint("Known: sse, socketio. Did you mean 'sse'?"))
  expect(failure({ transport: 'socket.io' })).toThrow(hint("Did you mean 'socketio'?"))
  expect(failure({ transport: 'toString' })).toThrow(hint('Known: sse, socketio.'))
  for (const config of [undefined, null, 'sse', {}, { transport: 1 }])
    expect(failure(config)).toThrow(hint('Known: sse'))
})

it('loads lazily when it connects, once', async () => {
  const load = vi.fn(async () => ({ sse }))
  const made = transportFromConfig({ transport: 'sse', url: '/lazy' }, { sse: lazy(load) })
  expect(made).toMatchObject({ name: 'sse', capabilities: { positions: true, heads: false } })
  expect(load).not.toHaveBeenCalled()
  const connecting = [made.connect(context), made.connect(context)]
  void Promise.all(connecting)
  await vi.waitFor(() => expect(sse).toHaveBeenCalledWith({ url: '/lazy' }))
  expect(made.capabilities).toEqual(transport.capabilities)
  expect(load).toHaveBeenCalledTimes(1)
})

it('rejects a connect if the code is not what it should be, or can not be had', async () => {
  const connect = (load: () => Promise<unknown>) =>
    transportFromConfig(untyped({ transport: 'sse' }), { sse: lazy(load) as ReturnType<typeof lazy> }).connect(
      context as never,
    )
  await expect(connect(async () => ({ other: sse }))).rejects.toMatchObject({ code: 'invalid_config', kind: 'config' })
  await expect(connect(() => Promise.reject(new Error('offline')))).rejects.toMatchObject({ kind: 'retry' })
  const bare = { capabilities: { positions: false } } as UnsequencedTransport
  await expect(connect(async () => ({ default: () => bare }))).rejects.toMatchObject({ code: 'invalid_config' })
})

it('reads a configuration from an environment', () => {
  expect(
    fromEnv({
      HOME: '/root',
      STEADYWIRE_TRANSPORT: 'sse',
      STEADYWIRE_URL: 'http://localhost',
      STEADYWIRE_HEARTBEAT_MS: '5000',
      STEADYWIRE_TOKEN: 'secret',
      STEADYWIRE_EMPTY: '',
    }),
  ).toEqual({ transport: 'sse', url: 'http://localhost', heartbeatMs: 5000 })
  expect(() => fromEnv({})).toThrow(expect.objectContaining({ code: 'invalid_config' }))
})
