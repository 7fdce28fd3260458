import { testTransport } from '@steadywire/conformance'
import { socketio } from '../src/index.ts'
import { socketioServer } from '../src/server/index.ts'
import { serve } from './setup.ts'

testTransport({
  name: 'socketio-polling',
  async setup({ gateway }) {
    const { io, url, close } = await serve()
    socketioServer(io, { gateway })
    // Between two polls there is no line that could be cut: so without a port, and faults at the interface.
    return { transport: () => socketio({ url, transports: ['polling'] }), close }
  },
})
