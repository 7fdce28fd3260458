import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Answers how to cut a server off as if its process had died: nothing is said, WebSockets included, and it listens no more. */
export function cuttable(server: Server): () => void {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  return () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
}
