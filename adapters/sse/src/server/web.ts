import type { Incoming, Reply } from './exchange.ts'
import type { Outbox, Outlet } from './outbox.ts'
import { tooLarge } from './replies.ts'

/** Web-standard requests and responses. */
export function incomingOf(request: Request): Incoming {
  return {
    method: request.method,
    url: request.url,
    headers: request.headers,
    async text(maxBytes) {
      const reader = request.body?.getReader()
      const decoder = new TextDecoder()
      let text = ''
      let bytes = 0
      for (;;) {
        const chunk = await reader?.read()
        if (!chunk || chunk.done) return text + decoder.decode()
        bytes += chunk.value.byteLength
        if (bytes > maxBytes) {
          void reader?.cancel()
          throw tooLarge(maxBytes)
        }
        text += decoder.decode(chunk.value, { stream: true })
      }
    },
  }
}

export function responseOf({ status, headers, body }: Reply, signal: AbortSignal): Response {
  const empty = status === 204
  return new Response(typeof body === 'string' ? (empty ? null : body) : streamOf(body, signal), { status, headers })
}

const encoder = new TextEncoder()

function streamOf(outbox: Outbox, signal: AbortSignal): ReadableStream<Uint8Array> {
  const waiting: (() => void)[] = []
  const leave = () => {
    for (const done of waiting.splice(0)) done()
    outbox.leave()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const outlet: Outlet = {
          write: (chunk) => controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk),
          end() {
            controller.close()
            leave()
          },
          get bufferedBytes() {
            return 1 - (controller.desiredSize ?? 1)
          },
          flushed(done) {
            waiting.push(done)
          },
        }
        signal.addEventListener('abort', leave, { once: true })
        if (signal.aborted) leave()
        else outbox.connect(outlet)
      },
      pull() {
        for (const done of waiting.splice(0)) done()
      },
      cancel: leave,
    },
    { highWaterMark: 1, size: (chunk) => chunk.byteLength },
  )
}
