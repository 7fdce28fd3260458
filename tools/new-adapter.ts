// `npm run new:adapter NAME`: makes adapters/NAME, whose conformance run starts red and leads on from there.
import { messageOf } from '@steadywire/core'
import { root } from './root.ts'
import { createAdapter, nextSteps } from './scaffold/create-adapter.ts'

const [name = ''] = process.argv.slice(2)
try {
  createAdapter(root, name)
  console.log(nextSteps(name))
} catch (thrown) {
  console.error(messageOf(thrown))
  process.exitCode = 2
}
