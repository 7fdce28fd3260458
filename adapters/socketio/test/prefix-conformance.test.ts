import { testTransport } from '@steadywire/conformance'
import { socketio } from '../src/index.ts'
import { socketioServer } from '../src/server/index.ts'
import { serve } from './setup.ts'

testTransport({
  name: 'socketio-prefix',
  async setup({ gateway }) {
    const { io, port, close } = await serve({ path: '/live/prefix' })
    socketioServer(io, { gateway })
    return {
      port,
      transport: (to) => socketio({ url: `http://127.0.0.1:${to.port}`, path: '/live/prefix' }),
      close,
    }
  },
})
