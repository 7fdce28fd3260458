import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UsageError } from '../options.ts'
import { type Answer, type Control, handleCall } from './calls.ts'
import { readFiles } from './files.ts'

export interface Site {
  readonly url: string
  /** Of the pages that it serves. */
  readonly origins: readonly string[]
  /** From now on pages find out what there is, and may break it. */
  control(control: Control): void
  close(): void
}

const usualPort = 4800

/** Nothing from elsewhere, and nowhere else than to this machine; xterm and uPlot write styles into the page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Serves the page on 127.0.0.1: its files, and the calls behind its buttons. */
export async function openSite(folder: string, port: number | undefined): Promise<Site> {
  const files = readFiles(folder)
  const server = createServer((request, response) => void answer(request, response))
  await listen(server, port)
  const address = server.address() as AddressInfo
  const hosts = [`127.0.0.1:${address.port}`, `localhost:${address.port}`]
  const origins = hosts.map((host) => `http://${host}`)
  let control: Control | undefined

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '/', origins[0])
    if (!url) return say(response, { status: 400 })
    const { pathname, searchParams } = url
    // A name of somebody else's that leads to this machine is not let in, whatever its page says.
    if (!hosts.includes(request.headers.host ?? '')) return say(response, { status: 421 })
    if (pathname.startsWith('/api/')) {
      const trusted = origins.includes(request.headers.origin ?? '')
      return say(response, await handleCall(request, { pathname, searchParams, trusted }, control))
    }
    const file = files.get(pathname)
    if (!file || request.method !== 'GET') return say(response, { status: file ? 405 : 404 })
    response.writeHead(200, {
      'content-type': file.type,
      'cache-control': file.forever ? 'max-age=31536000, immutable' : 'no-cache',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    response.end(file.body)
  }

  return {
    url: `http://${hosts[0]}/`,
    origins,
    control(given) {
      control = given
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function say(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

/** On the port that was asked for; else on the usual one, or on any. */
async function listen(server: ReturnType<typeof createServer>, port: number | undefined): Promise<void> {
  try {
    server.listen(port ?? usualPort, '127.0.0.1')
    await once(server, 'listening')
  } catch (thrown) {
    if (port !== undefined) throw new UsageError(`--port ${port} does not work: ${(thrown as Error).message}`)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
}
