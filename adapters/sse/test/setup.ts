import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type ConnectContext,
  type Connection,
  type Draft,
  type Position,
  type Sink,
  type WireError,
  type WireItem,
  wireError,
} from '@steadywire/core'
import { createGateway, type EventLog, type GatewayOptions, memoryLog } from '@steadywire/server'
import { onTestFinished } from 'vitest'
import { type SseOptions, sse } from '../src/index.ts'
import { type SseHandlerOptions, sseHandler, toNode } from '../src/server/index.ts'

export interface Served {
  readonly url: string
  readonly server: Server
  close(): Promise<void>
}

/** Listens on a free port, and closes with the test. */
export async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, close }
}

/** Tokens of tests are subjects; `expired` and whatever a test adds are refused, `private…` topics are for `alice`. */
export const authorise: GatewayOptions['authorise'] = ({ token }) => {
  if (token === 'expired') throw wireError('auth', 'unauthenticated', 'The token has expired')
  const subject = token?.split('.')[0]
  return {
    ...(subject !== undefined && { subject }),
    may: (_action, target) => !target.startsWith('private') || subject === 'alice',
  }
}

export interface Setup extends Served {
  readonly log: EventLog
  readonly gateway: ReturnType<typeof createGateway>
  readonly requests: string[]
}

export async function setup(
  options: Partial<GatewayOptions> & { readonly handler?: Partial<SseHandlerOptions>; readonly log?: EventLog } = {},
): Promise<Setup> {
  const { handler, log = memoryLog(), ...rest } = options
  const gateway = createGateway({ log, authorise, ...rest })
  const listener = toNode(sseHandler({ gateway, ...handler }))
  const requests: string[] = []
  const served = await serve((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    void listener(request, response)
  })
  onTestFinished(() => gateway.close({ graceMs: 0 }))
  return { ...served, log, gateway, requests }
}

let ids = 0
export function draft(type = 'tick', data: unknown = {}): Draft {
  return { id: `event-${ids++}`, type, data }
}

export function drafts(count: number): Draft[] {
  return Array.from({ length: count }, (_, index) => draft('tick', { index }))
}

export interface Opened {
  readonly connection: Connection
  readonly abort: AbortController
  readonly warnings: WireError[]
  heard: number
}

/** A connection without the core: what the adapter says is what the test sees. */
export async function open(
  options: SseOptions,
  context: { wanted?: ConnectContext['wanted']; token?: string | (() => string | undefined) } = {},
): Promise<Opened> {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const opened = { abort, warnings: [] as WireError[], heard: 0 }
  const { token } = context
  const connection = await sse(options).connect({
    token: async () => (typeof token === 'function' ? token() : token),
    heard() {
      opened.heard++
    },
    wanted: context.wanted ?? [],
    warn(error) {
      opened.warnings.push(error)
    },
    signal: abort.signal,
  })
  return Object.assign(opened, { connection })
}

export interface Listening extends Sink {
  readonly items: WireItem[]
  readonly heads: (Position | undefined)[]
  readonly errors: WireError[]
}

export function sink(): Listening {
  const items: WireItem[] = []
  const heads: (Position | undefined)[] = []
  const errors: WireError[] = []
  return {
    items,
    heads,
    errors,
    events: (batch) => void items.push(...batch),
    head: (at) => void heads.push(at),
    lost: (error) => void errors.push(error),
  }
}
