import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Wire } from './wire.ts'

export interface TcpProxy extends Wire {
  /** Where clients connect to. */
  readonly port: number
  /** Where the server listens; may change, as when it was restarted. `host`: 127.0.0.1 by default. */
  target(port: number, host?: string): void
  /** Loses the next chunk from the server that contains `text`: one frame of a wire that writes frames one by one. */
  loseNext(text: string): Promise<void>
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Resolves when all that the server said, and that is throttled, was passed on. */
  passed: Promise<void>
}

/** A real TCP proxy on 127.0.0.1 that a suite puts between client and server, to break the line in every way. */
export async function createTcpProxy(): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  const losing: { readonly text: string; readonly lost: () => void }[] = []
  let address = { port: 0, host: '127.0.0.1' }
  let tried = 0
  let stalled = false
  let refusing = false
  let delayMs = 0
  let perSecond = 0
  let allowance = Number.POSITIVE_INFINITY
  let wasCut = (): void => {}

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    tried += 1
    client.on('error', () => {})
    if (refusing) {
      client.resetAndDestroy()
      return
    }
    const server = connect({ ...address, allowHalfOpen: true })
    const pair: Pair = { client, server, passed: Promise.resolve() }
    pairs.add(pair)
    server.on('error', () => client.resetAndDestroy())
    client.on('close', () => {
      pairs.delete(pair)
      server.destroy()
    })
    server.on('close', () => pair.passed.then(() => client.destroySoon()))
    client.on('data', (chunk) => server.write(chunk))
    client.on('end', () => server.end())
    server.on('data', (chunk) => fromServer(pair, chunk))
    server.on('end', () => later(() => pair.passed.then(() => client.end())))
    if (stalled) hold(pair)
  })

  function fromServer(pair: Pair, chunk: Buffer): void {
    const index = losing.findIndex(({ text }) => chunk.includes(text))
    if (index >= 0) {
      for (const { lost } of losing.splice(index, 1)) lost()
      return
    }
    if (perSecond > 0) pair.passed = new Promise((resolve) => trickle(pair, chunk, resolve))
    else later(() => pass(pair, chunk))
  }

  function pass({ client, server }: Pair, chunk: Buffer): void {
    const part = chunk.subarray(0, Math.min(chunk.length, allowance))
    if (part.length > 0) client.write(part)
    allowance -= part.length
    if (allowance > 0) return
    allowance = Number.POSITIVE_INFINITY
    server.destroy()
    client.end()
    wasCut()
  }

  function trickle(pair: Pair, chunk: Buffer, passed: () => void): void {
    const step = 10
    const size = perSecond > 0 ? Math.max(1, Math.round((perSecond * step) / 1000)) : chunk.length
    pair.server.pause()
    pass(pair, chunk.subarray(0, size))
    const rest = chunk.subarray(size)
    setTimeout(() => {
      if (rest.length > 0 && !pair.client.destroyed) return trickle(pair, rest, passed)
      passed()
      if (!stalled) pair.server.resume()
    }, step)
  }

  function later(task: () => void): void {
    if (delayMs > 0) setTimeout(task, delayMs)
    else task()
  }

  function hold({ client, server }: Pair): void {
    client.pause()
    server.pause()
  }

  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return {
    port: (listener.address() as AddressInfo).port,
    target(port, host = '127.0.0.1') {
      address = { port, host }
    },
    get open() {
      return pairs.size
    },
    get tried() {
      return tried
    },
    cut() {
      for (const { client, server } of pairs) {
        server.destroy()
        client.end()
      }
    },
    reset() {
      for (const { client, server } of pairs) {
        server.destroy()
        client.resetAndDestroy()
      }
    },
    stall() {
      stalled = true
      for (const pair of pairs) hold(pair)
    },
    flow() {
      stalled = false
      for (const { client, server } of pairs) {
        client.resume()
        server.resume()
      }
    },
    refuse(now) {
      refusing = now
    },
    delay(ms) {
      delayMs = ms
    },
    throttle(bytesPerSecond) {
      perSecond = bytesPerSecond
    },
    cutAfter(bytes) {
      allowance = bytes
      return new Promise((resolve) => {
        wasCut = resolve
      })
    },
    loseNext: (text) => new Promise((lost) => losing.push({ text, lost })),
    async close() {
      for (const { client, server } of pairs) {
        server.destroy()
        client.destroy()
      }
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}
