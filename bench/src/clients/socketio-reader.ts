import { once } from 'node:events'
import { WebSocket } from 'ws'
import { topic } from '../events.ts'

const namespace = '/steadywire,'
const question = new RegExp(`^42${namespace}\\["frame",{"got":(\\d+)}`)

/** Speaks as much Socket.IO by hand as a reader of one topic needs; `packet` gets all that comes once it is attached. */
export async function openReader(port: number, packet: (text: string) => void): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
    perMessageDeflate: false,
  })
  const attached = new Promise<void>((resolve) => {
    socket.on('message', (message) => {
      const text = String(message)
      if (text === '2') return socket.send('3')
      if (text.startsWith('0')) return socket.send(`40${namespace}{}`)
      if (text.startsWith(`42${namespace}["frame",{"hello"`))
        return socket.send(`42${namespace}0${JSON.stringify(['attach', topic, null])}`)
      if (text.startsWith(`43${namespace}0[`)) return resolve()
      const asked = question.exec(text)
      if (asked) return socket.send(`42${namespace}["got",${asked[1]}]`)
      packet(text)
    })
  })
  await once(socket, 'open')
  await attached
}
