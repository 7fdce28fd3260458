import { testTransport } from '../src/index.ts'
import { createReferenceUnsequenced } from '../src/reference-unsequenced.ts'

for (const history of [false, true])
  testTransport({
    name: history ? 'reference with a history' : 'reference without positions',
    positions: false,
    history,
    async setup(side) {
      const transport = createReferenceUnsequenced({ ...side, history })
      return { transport: () => transport, close: async () => transport.shutDown() }
    },
  })
