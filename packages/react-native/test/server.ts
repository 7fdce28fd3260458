import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway, memoryLog } from '@steadywire/server'
import { sseHandler, toNode } from '@steadywire/sse/server'

/** Listens on a free port. */
export async function listen(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A real server of Server-Sent Events, and what the streams were asked with. */
export async function serveEvents(options: { readonly heartbeatMs?: number } = {}) {
  const log = memoryLog()
  const gateway = createGateway({ log, authorise: 'anyone', ...options })
  const handle = toNode(sseHandler({ gateway }))
  const streams: IncomingHttpHeaders[] = []
  const { url, close } = await listen((request, response) => {
    if (request.url?.endsWith('/stream')) streams.push(request.headers)
    void handle(request, response)
  })
  let ids = 0
  return {
    url,
    streams,
    /** Appends so many events, whose data is so long. */
    async append(topic: string, count: number, length = 1): Promise<void> {
      const text = 'é'.repeat(length)
      const drafts = Array.from({ length: count }, () => ({ id: `event-${ids++}`, type: 'tick', data: { text } }))
      await log.append(topic, drafts)
    },
    cut: () => gateway.close({ graceMs: 0 }),
    /** Without a word. */
    break: close,
    async close(): Promise<void> {
      await gateway.close({ graceMs: 0 })
      await close()
    },
  }
}
