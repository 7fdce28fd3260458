import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { testTransport } from '@steadywire/conformance'
import { sse } from '../src/index.ts'
import { sseHandler, toNode } from '../src/server/index.ts'

testTransport({
  name: 'sse',
  async setup({ gateway }) {
    const server = createServer(toNode(sseHandler({ gateway })))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      port: (server.address() as AddressInfo).port,
      transport: ({ port }) => sse({ url: `http://127.0.0.1:${port}` }),
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  },
})
