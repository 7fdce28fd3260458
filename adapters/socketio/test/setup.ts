import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type ServerOptions } from 'socket.io'

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
