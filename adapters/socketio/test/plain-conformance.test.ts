import { testTransport } from '@steadywire/conformance'
import { wireError } from '@steadywire/core'
import { plainSocketio } from '../src/index.ts'
import { type PlainMessage, servePlainly } from './plain-server.ts'

for (const history of [false, true])
  testTransport({
    name: history ? 'socketio-plain with a history' : 'socketio-plain',
    positions: false,
    history,
    async setup({ log, rights, heartbeatMs }) {
      const { port, close } = await servePlainly({ log, rights, heartbeatMs })
      return {
        port,
        transport: (to) =>
          plainSocketio({
            url: `http://127.0.0.1:${to.port}`,
            transports: ['websocket'],
            heartbeatMs,
            events: {
              message: ({ room, ...event }: PlainMessage) => ({ topic: room, ...event }),
              expelled: (room: string) => ({ topic: room, lost: 'You are expelled' }),
            },
            async join(topic, socket) {
              if ((await socket.timeout(1000).emitWithAck('enter', topic)) !== 'welcome') throw forbidden(topic)
            },
            leave: (topic, socket) => socket.emit('exit', topic),
            ...(history && {
              history: async (topic, { since }) => {
                const { events } = await log.read(topic, { limit: 1000 })
                const at = events.findIndex(({ id }) => id === since.id)
                return events.slice(at + 1).map(({ id, type, data, time }) => ({ id, type, data, time }))
              },
            }),
          }),
        close,
      }
    },
  })

const forbidden = (topic: string) => wireError('refused', 'forbidden', `${topic} is not for you`, { topic })
