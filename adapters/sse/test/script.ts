import type { OpenResponse, OpenStream } from '../src/index.ts'

type Chunk = Uint8Array | string

/** A streaming source that says what the test tells it to. */
export function script(
  answer: Partial<Pick<OpenResponse, 'status'>> & { readonly headers?: Record<string, string> } = {},
) {
  const queue: Chunk[] = []
  let wake = () => {}
  let over = false
  const open: OpenStream = async ({ signal }) => {
    signal.addEventListener('abort', () => end())
    return {
      status: answer.status ?? 200,
      headers: new Headers(answer.headers ?? { 'content-type': 'text/event-stream' }),
      chunks: {
        async next() {
          while (queue.length === 0 && !over)
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          const value = queue.shift()
          return value === undefined ? { done: true, value } : { done: false, value }
        },
      },
    }
  }
  const end = () => {
    over = true
    wake()
  }
  return {
    open,
    end,
    say(...chunks: Chunk[]) {
      queue.push(...chunks)
      wake()
    },
  }
}

export const frame = (value: unknown) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`
export const hello = (heartbeatMs = 15_000) => frame({ hello: { v: 1, stream: 's', heartbeatMs } })
export const page = {
  epoch: 'e',
  oldest: 1,
  head: 1,
  through: 1,
  events: [{ id: 'a', seq: 1, type: 'tick', time: 1, data: 'ü€😀' }],
}
export const attached = (topic: string, number?: number) => frame({ attached: topic, number, page })
export const items = (topic: string, ...seqs: number[]) =>
  frame({
    topic,
    epoch: 'e',
    items: seqs.map((seq) => ({ id: `id-${seq}`, seq, type: 'tick', time: 1, data: 'ü€😀' })),
  })
