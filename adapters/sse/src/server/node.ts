import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Incoming, Reply } from './exchange.ts'
import type { SseHandler } from './handler.ts'
import type { Outlet } from './outbox.ts'
import { tooLarge } from './replies.ts'

/** What Node's `http` and Express call. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * Makes a handler for Node's `http.createServer` and for Express. Streams are written straight to the response, without
 * web streams between.
 *
 * @example
 * http.createServer(toNode(sseHandler({ gateway }))).listen(3000)
 * app.use('/events', toNode(sseHandler({ gateway }))) // Express
 */
export function toNode(handler: SseHandler): NodeHandler {
  return async (request, response) => {
    const reply = await handler.answer(incomingOf(request))
    send(reply, request, response)
  }
}

function incomingOf(request: IncomingMessage & { readonly body?: unknown }): Incoming {
  const address = request.socket.remoteAddress
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: { get: (name) => [request.headers[name.toLowerCase()] ?? null].flat().join(', ') || null },
    ...(address !== undefined && { address }),
    async text(maxBytes) {
      // A body parser was here before.
      if (request.readableEnded && request.body !== undefined) return JSON.stringify(request.body)
      return await read(request, maxBytes)
    },
  }
}

/** By events: leaving a `for await` would destroy the socket, and with it the answer. */
function read(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else {
        request.pause()
        reject(tooLarge(maxBytes))
      }
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.on('error', reject)
    request.on('close', () => reject(new Error('The client left')))
  })
}

function send({ status, headers, body }: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (typeof body === 'string') {
    // What is left of a body that was refused is not read: the connection can't be used again.
    if (!request.complete) headers.connection = 'close'
    response.writeHead(status, headers).end(body)
    return
  }
  if (response.destroyed) {
    body.leave()
    return
  }
  request.socket.setTimeout(0)
  response.writeHead(status, headers)
  response.on('close', () => body.leave())
  body.connect(new NodeOutlet(response))
}

class NodeOutlet implements Outlet {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  write(chunk: Uint8Array | string): void {
    this.#response.write(chunk)
  }

  end(): void {
    this.#response.end()
  }

  get bufferedBytes(): number {
    return this.#response.writableLength
  }

  /** Nothing goes behind everything else, and Node tells when it has left. */
  flushed(done: () => void): void {
    this.#response.write('', () => done())
  }
}
