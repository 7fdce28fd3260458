import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { testTransport } from '@steadywire/conformance'
import { failover } from '@steadywire/core'
import { sse } from '@steadywire/sse'
import { sseHandler, toNode } from '@steadywire/sse/server'

testTransport({
  name: 'failover',
  async setup({ gateway }) {
    const server = createServer(toNode(sseHandler({ gateway })))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      port: (server.address() as AddressInfo).port,
      transport: ({ port }) => {
        const url = `http://127.0.0.1:${port}`
        return failover([sse({ url }), sse({ url })], { sameLog: true })
      },
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  },
})
