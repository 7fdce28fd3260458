import { testTransport } from '../src/index.ts'
import { createReferenceUnsequenced } from '../src/reference-unsequenced.ts'

testTransport({
  name: 'reference without positions',
  positions: false,
  async setup(side) {
    const transport = createReferenceUnsequenced(side)
    return { transport: () => transport, close: async () => transport.shutDown() }
  },
})
