import { type WireError, wireError } from '@steadywire/core'
import { givenUp } from '@steadywire/core/protocol'
import type { Socket } from 'socket.io-client'
import type { Line, LineOptions } from './line.ts'

/** The app's own socket, as it is: waited for until it is connected, never connected or disconnected by us. */
export function borrowLine(
  socket: Socket,
  { signal, joined, lost }: Pick<LineOptions, 'signal' | 'joined' | 'lost'>,
): Line {
  if (signal.aborted) throw givenUp()
  let over = false
  const left = (reason: string) => end(wireError('retry', 'connection_lost', `The line was lost: ${reason}`))
  const opened = () => joined?.()
  const giveUp = () => end(givenUp())

  function end(error: WireError): void {
    if (over) return
    over = true
    signal.removeEventListener('abort', giveUp)
    socket.off('connect', opened)
    socket.off('disconnect', left)
    lost(error)
  }

  signal.addEventListener('abort', giveUp)
  socket.on('connect', opened)
  socket.on('disconnect', left)
  if (socket.connected) queueMicrotask(opened)
  return { socket, end, left: Promise.resolve() }
}
