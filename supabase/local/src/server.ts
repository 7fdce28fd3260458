import { once } from 'node:events'
import { createServer, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { WebSocketServer } from 'ws'
import { wait } from './clock.ts'
import { claimsOf } from './keys.ts'
import { takeBroadcasts } from './realtime/broadcasts.ts'
import { framesOf } from './realtime/frames.ts'
import type { Hub } from './realtime/hub.ts'
import { Socket } from './realtime/socket.ts'
import { answerApi } from './rest/api.ts'
import type { Lite } from './rest/lite.ts'

export interface Server {
  readonly url: string
  close(): Promise<void>
}

/** All of a project at one address. */
export async function serve(hub: Hub, lite: Lite, port: number): Promise<Server> {
  const server = createServer(
    getRequestListener((request) => answer(hub, lite, request), { overrideGlobalObjects: false }),
  )
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, stream: Duplex, head) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const key = request.headers['x-api-key'] ?? url.searchParams.get('apikey') ?? ''
    const refused = refusalOf(hub, url.pathname, String(key))
    if (refused) return refuse(stream, refused.status, refused.error)
    sockets.handleUpgrade(request, stream, head, (wire) => {
      new Socket(hub, wire, framesOf(url.searchParams.get('vsn')), String(key))
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`,
    async close() {
      for (const socket of [...hub.sockets]) socket.cut()
      sockets.close()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function refusalOf({ project, sockets }: Hub, path: string, key: string) {
  const { wishes, keys, clock, limits } = project
  const status = wishes.refusal.pick(undefined)
  if (status !== undefined) return { status, error: 'Error connecting to Realtime' }
  if (path !== '/realtime/v1/websocket') return { status: 404, error: 'Not found' }
  if (key === '') return { status: 401, error: 'API key is missing' }
  const verified = claimsOf(keys, key, clock.now())
  if ('refusal' in verified) {
    const { message } = verified.refusal
    return { status: 401, error: message.startsWith('Token has expired') ? 'Token has expired' : message }
  }
  return sockets.size >= limits.connections ? { status: 429, error: 'Too many connected users' } : undefined
}

function refuse(stream: Duplex, status: number, error: string): void {
  const body = JSON.stringify({ error })
  stream.on('error', () => {})
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-expose-headers': 'Content-Range, Content-Location, Preference-Applied',
  'access-control-max-age': '3600',
}

async function answer(hub: Hub, lite: Lite, request: Request): Promise<Response> {
  if (request.method === 'OPTIONS') {
    const wanted = request.headers.get('access-control-request-headers') ?? '*'
    return new Response(null, { status: 204, headers: { ...cors, 'access-control-allow-headers': wanted } })
  }
  const response = await route(hub, lite, request)
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(cors)) headers.set(name, value)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

async function route(hub: Hub, lite: Lite, request: Request): Promise<Response> {
  const { wishes, clock, keys, database } = hub.project
  const { pathname } = new URL(request.url)
  if (/^\/(rest|auth)\/v1(\/|$)/.test(pathname)) {
    await wait(clock, wishes.restMs.value)
    const pass = (asked: Request) => answerApi(database, lite, keys, clock, asked)
    return wishes.answerRest.pick(undefined)?.(request, pass) ?? pass(request)
  }
  if (request.method !== 'POST' || !/^\/realtime\/v1\/api\/broadcast(\/|$)/.test(pathname))
    return Response.json({ message: 'Not found' }, { status: 404 })
  const bearer = request.headers.get('authorization')?.replace(/^Bearer\s+/i, '')
  const verified = claimsOf(keys, bearer ?? request.headers.get('apikey') ?? '', clock.now())
  if ('refusal' in verified) return Response.json({ message: verified.refusal.message }, { status: 401 })
  return takeBroadcasts(hub, request, verified.claims)
}
