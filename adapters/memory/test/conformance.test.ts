import { testTransport } from '@steadywire/conformance'
import { memory } from '@steadywire/memory'

testTransport({
  name: 'memory',
  setup: async ({ gateway }) => ({ transport: () => memory({ gateway }), close: async () => {} }),
})
