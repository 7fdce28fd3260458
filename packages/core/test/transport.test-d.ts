import {
  type AnyTransport,
  createSubscriber,
  lazy,
  type Transport,
  transportFromConfig,
  type UnsequencedTransport,
} from '@steadywire/core'
import { browserLifecycle, webStorageCursors } from '@steadywire/core/browser'
import { expectTypeOf } from 'vitest'

declare const unsequenced: UnsequencedTransport
declare const known: Transport
declare const some: AnyTransport
declare function sse(options: { url: string; withCredentials?: boolean }): Transport
declare function bare(options: { socket: object }): UnsequencedTransport

const handlers = { event() {}, gap() {} }

// `require: 'gapless'` is a promise that only a wire with positions can keep
createSubscriber({ transport: known }).subscribe('plain', { ...handlers, require: 'gapless' })
createSubscriber({ transport: some }).subscribe('plain', { ...handlers, require: 'gapless' })
// @ts-expect-error: this wire has no positions
createSubscriber({ transport: unsequenced }).subscribe('plain', { ...handlers, require: 'gapless' })

// A literal configuration is checked against the registry
const registry = { sse, bare, socketio: lazy(async () => ({ socketio: (_: { url: string; path?: string }) => known })) }
expectTypeOf(transportFromConfig({ transport: 'sse', url: '/live' }, registry)).toEqualTypeOf<Transport>()
expectTypeOf(transportFromConfig({ transport: 'bare', socket: {} }, registry)).toEqualTypeOf<UnsequencedTransport>()
expectTypeOf(transportFromConfig({ transport: 'socketio', url: '/' }, registry)).toEqualTypeOf<Transport>()
// @ts-expect-error: not in the registry
transportFromConfig({ transport: 'ssse', url: '/live' }, registry)
// @ts-expect-error: an option of the wrong type
transportFromConfig({ transport: 'sse', url: 1 }, registry)
// @ts-expect-error: an option is missing
transportFromConfig({ transport: 'socketio' }, registry)
// @ts-expect-error: the option of another transport
transportFromConfig({ transport: 'bare', url: '/live' }, registry)

// One that was read somewhere is checked when it is used
const read: { transport: string } = JSON.parse('{"transport":"sse","url":"/live"}')
expectTypeOf(transportFromConfig(read, registry)).toEqualTypeOf<Transport | UnsequencedTransport>()

// The page's own objects fit
browserLifecycle({ window, document, navigator })
webStorageCursors({ storage: localStorage })
