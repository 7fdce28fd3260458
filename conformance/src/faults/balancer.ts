import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Spreads connections over servers that come and go. */
export interface Balancer {
  /** Where clients connect to. */
  readonly port: number
  /** The ports of the servers, on 127.0.0.1. Connections that are open stay where they are. */
  target(ports: readonly number[]): void
  close(): Promise<void>
}

/**
 * A TCP balancer on 127.0.0.1 in front of several servers: each connection goes to the next one, and one that refuses is
 * passed over. It knows nothing of sessions: any request may land on any server.
 */
export async function createBalancer(): Promise<Balancer> {
  const open = new Set<Socket>()
  let targets: readonly number[] = []
  let turn = 0

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    open.add(client)
    client.on('error', () => {})
    client.on('close', () => open.delete(client))
    const first = turn++
    reach(
      client,
      Array.from(targets, (_, index) => targets[(first + index) % targets.length] ?? 0),
    )
  })

  function reach(client: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined) {
      client.resetAndDestroy()
      return
    }
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const refused = (): void => reach(client, others)
    server.once('error', refused)
    client.once('close', () => server.destroy())
    server.once('connect', () => {
      server.off('error', refused)
      server.on('error', () => client.resetAndDestroy())
      server.on('close', () => client.destroySoon())
      client.pipe(server)
      server.pipe(client)
    })
  }

  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return {
    port: (listener.address() as AddressInfo).port,
    target(ports) {
      targets = ports
    },
    close() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()))
      for (const client of open) client.destroy()
      return closed
    },
  }
}
