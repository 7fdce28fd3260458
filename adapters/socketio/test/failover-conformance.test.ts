import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { testTransport } from '@steadywire/conformance'
import { failover } from '@steadywire/core'
import { sse } from '@steadywire/sse'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { Server } from 'socket.io'
import { socketio } from '../src/index.ts'
import { socketioServer } from '../src/server/index.ts'

testTransport({
  name: 'failover',
  async setup({ gateway }) {
    const server = createServer(toNode(sseHandler({ gateway, basePath: '/events' })))
    const io = new Server(server)
    socketioServer(io, { gateway })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      port: (server.address() as AddressInfo).port,
      transport: ({ port }) => {
        const url = `http://127.0.0.1:${port}`
        return failover([socketio({ url, transports: ['websocket'] }), sse({ url: `${url}/events` })], {
          sameLog: true,
        })
      },
      async close() {
        const closed = io.close()
        server.closeAllConnections()
        await closed
      },
    }
  },
})
