import { createServer, type Server as HttpServer } from 'node:http'
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
import { createGateway, type GatewayOptions, memoryLog } from '@steadywire/server'
import { Server, type ServerOptions } from 'socket.io'
import { onTestFinished } from 'vitest'
import { type SocketioOptions, socketio } from '../src/index.ts'
import { type SocketioServerOptions, socketioServer } from '../src/server/index.ts'

export interface Served {
  readonly io: Server
  readonly http: HttpServer
  readonly port: number
  readonly url: string
  close(): Promise<void>
}

export async function serve(options: Partial<ServerOptions> = {}): Promise<Served> {
  const http = createServer()
  const io = new Server(http, options)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return {
    io,
    http,
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = io.close()
      http.closeAllConnections()
      await closed
    },
  }
}

/** Tokens of tests are subjects; `expired` is refused, `private…` topics are for `alice`. */
const authorise: GatewayOptions['authorise'] = ({ token }) => {
  if (token === 'expired') throw wireError('auth', 'unauthenticated', 'The token has expired')
  const subject = token?.split('.')[0]
  return {
    ...(subject !== undefined && { subject }),
    may: (_action, target) => !target.startsWith('private') || subject === 'alice',
  }
}

export interface SetupOptions extends Partial<GatewayOptions> {
  readonly io?: Partial<ServerOptions>
  readonly mount?: Partial<SocketioServerOptions>
}

/** A Socket.IO server with a gateway on it, for one test. */
export async function setup({ io: ioOptions, mount, ...options }: SetupOptions = {}) {
  const log = memoryLog()
  const gateway = createGateway({ log, authorise, heartbeatMs: 100, observe() {}, ...options })
  const served = await serve(ioOptions)
  const mounted = socketioServer(served.io, { gateway, ...mount })
  onTestFinished(async () => {
    await gateway.close({ graceMs: 0 })
    await served.close()
  })
  return { ...served, log, gateway, mounted }
}

/** Breaks every line off. */
export function cutAll(io: Server): void {
  for (const { conn } of io.of('/steadywire').sockets.values()) conn.close(true)
}

let ids = 0
export function drafts(count: number, data: unknown = {}): Draft[] {
  return Array.from({ length: count }, () => ({ id: `event-${ids++}`, type: 'tick', data }))
}

/** A connection without the core: what the adapter says is what the test sees. */
export async function open(options: SocketioOptions, token?: string, wanted: ConnectContext['wanted'] = []) {
  const abort = new AbortController()
  const warnings: WireError[] = []
  onTestFinished(() => abort.abort())
  const connection: Connection = await socketio(options).connect({
    token: async () => token,
    heard() {},
    wanted,
    warn: (error) => void warnings.push(error),
    signal: abort.signal,
  })
  return { connection, abort, warnings }
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
