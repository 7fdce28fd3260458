import { systemClock, type UnsequencedConnection, type UnsequencedTransport, type WireError } from '@steadywire/core'
import { unlessAborted } from '@steadywire/core/protocol'
import { borrowLine } from './borrowed-line.ts'
import { type Line, openLine } from './line.ts'
import { createPlainConnection } from './plain-connection.ts'
import { PlainMemory } from './plain-memory.ts'
import type { PlainSocketioOptions } from './plain-options.ts'

/**
 * Follows a Socket.IO server that knows nothing of Steadywire. It has no positions: repeats are told by id, events come in the
 * order of arrival, and after a reconnect there is a gap of reason `unknown`, unless `history` fills it. With `socket` the
 * app's socket itself is listened to, and never connected or disconnected.
 *
 * @example
 * plainSocketio({
 *   url: '/',
 *   events: { job: (job: Job) => ({ topic: `job:${job.id}`, type: 'progress', data: job }) },
 *   join: (topic, socket) => socket.emitWithAck('watch', topic),
 * })
 */
export function plainSocketio(options: PlainSocketioOptions): UnsequencedTransport {
  const { events, join, leave, history, heartbeatMs = 25_000, clock = systemClock, ...rest } = options
  const { namespace = '/', ...place } = rest
  const memory = new PlainMemory()

  return {
    name: 'socketio-plain',
    capabilities: { positions: false, heads: false, append: false, renew: false },
    async connect(context) {
      const token = await unlessAborted(context.token(), context.signal)
      memory.keep(new Set(context.wanted.map(({ topic }) => topic)))
      return await new Promise<UnsequencedConnection>((resolve, reject) => {
        let open: ReturnType<typeof createPlainConnection> | undefined
        const joined = () => {
          context.heard()
          const use = { events, heartbeatMs, clock, memory, ...(join && { join }), ...(leave && { leave }) }
          open ??= createPlainConnection(line, context, { ...use, ...(history && { history }) })
          resolve(open.connection)
        }
        const lost = (error: WireError) => {
          reject(error)
          open?.end(error)
        }
        const to = { place, namespace, token, signal: context.signal, joined, lost }
        const line: Line = rest.socket ? borrowLine(rest.socket, to) : openLine(to)
      })
    },
  }
}
