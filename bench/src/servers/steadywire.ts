import { createServer, type RequestListener, type Server } from 'node:http'
import { createGateway, type EventLog, type RunningGateway } from '@steadywire/server'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { listen } from './listen.ts'

export interface Serving {
  readonly port: number
  readonly gateway: RunningGateway
  readonly server: Server
}

/** The gateway and its SSE half, as an app would mount them. */
export async function serve(log: EventLog, port?: number, seen: RequestListener = () => {}): Promise<Serving> {
  const gateway = createGateway({
    log,
    authorise: 'anyone',
    limits: { connectionsPerSubject: Number.POSITIVE_INFINITY },
  })
  const listener = toNode(sseHandler({ gateway }))
  const server = createServer((request, response) => {
    seen(request, response)
    void listener(request, response)
  })
  return { port: await listen(server, port), gateway, server }
}
