import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on the loopback address only; port 0 takes a free one. Answers the port. */
export async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', backlog: 2048 }, resolve)
  })
  const address = server.address()
  return isNetAddress(address) ? address.port : 0
}

function isNetAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}
