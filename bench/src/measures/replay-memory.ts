import { setTimeout } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { startHelper } from '../helper.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { compare } from '../rounds.ts'
import * as socketio from '../socketio-clients.ts'
import * as sse from '../sse-clients.ts'

const events = 10_000
/** The client is busy for so long at first: to a faster one the kernel would hand over everything at once. */
const pauseMs = 300
const mebibyte = 1024 * 1024

export const measure: Measure = async (quick) => ({
  'replay.memory': await compare(roundsFor(quick, 0), byHand, ours('sse', sse)),
  'socketio.replay.memory': await compare(roundsFor(quick, 0), byHand, ours('socketio', socketio)),
})

const ours =
  (wire: string, { followOurs }: Pick<typeof sse, 'followOurs'>) =>
  () =>
    peakOf(`servers/steadywire-${wire}.ts`, async (port, seen) => {
      let first = true
      const slow = () => {
        seen()
        const pause = first ? setTimeout(pauseMs) : undefined
        first = false
        return pause
      }
      const subscriber = await followOurs(port, slow, 'start')
      return () => void subscriber.close()
    })

const byHand = () =>
  peakOf('servers/raw-ws.ts', async (port, seen) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`)
    socket.on('message', seen)
    socket.once('open', async () => {
      socket.pause()
      await setTimeout(pauseMs)
      socket.resume()
    })
    return () => socket.terminate()
  })

/** MiB at the server's peak, over what it had before; a fresh server each time. */
async function peakOf(file: string, follow: (port: number, seen: () => void) => Promise<() => void>): Promise<number> {
  const server = startHelper(file)
  const port = await server.askOne('listen')
  await server.ask('fill', events)
  const once = async () => {
    const { seen, done } = sse.counting(events)
    const stop = await follow(port, seen)
    await done
    stop()
  }
  // What code costs when it runs for the first time is no cost of a replay.
  await once()
  await server.ask('memoryStart')
  await once()
  const bytes = await server.askOne('memoryPeak')
  await server.end()
  return bytes / mebibyte
}
