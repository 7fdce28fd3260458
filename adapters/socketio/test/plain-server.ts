import type { ServerSide } from '@steadywire/conformance'
import type { Socket } from 'socket.io'
import { serve } from './setup.ts'

export interface PlainMessage {
  readonly room: string
  readonly id: string
  readonly type: string
  readonly data: unknown
  readonly time: number
  readonly final?: true
}

/** An app's server as there are many: rooms that are entered and left, and messages that nobody keeps. */
export async function servePlainly({ log, rights, heartbeatMs }: Omit<ServerSide, 'gateway'>) {
  const served = await serve({ pingInterval: heartbeatMs, pingTimeout: 10 * heartbeatMs })

  const welcome = async (socket: Socket): Promise<void> => {
    const { token } = socket.handshake.auth
    const grant = await rights.authorise(token === undefined ? {} : { token })
    const exits = new Map<string, () => Promise<void>>()
    const exit = async (room: string) => {
      const stop = exits.get(room)
      exits.delete(room)
      await stop?.()
    }
    socket.on('enter', async (room: string, answer: (said: string) => void) => {
      if (!(await grant.may('read', room))) return answer('no')
      const stop = await log.tail(room, {
        async wake(events) {
          if (!(await grant.may('read', room))) {
            socket.emit('expelled', room)
            return exit(room)
          }
          for (const { id, type, data, time, final } of events)
            socket.emit('message', { room, id, type, data, time, ...(final && { final }) } satisfies PlainMessage)
        },
        lost: () => socket.disconnect(true),
      })
      if (socket.disconnected) return stop()
      exits.set(room, stop)
      answer('welcome')
    })
    socket.on('exit', exit)
    socket.on('disconnect', () => Promise.all([...exits.keys()].map(exit)))
  }
  served.io.on('connection', welcome)
  return served
}
