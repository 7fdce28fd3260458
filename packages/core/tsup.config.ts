import { defineConfig } from 'tsup'
import { library } from '../../tools/tsup.ts'

export default defineConfig(
  library([
    'src/index.ts',
    'src/lifecycle-browser.ts',
    'src/observe-console.ts',
    'src/observe-opentelemetry.ts',
    'src/protocol.ts',
    'src/sequencer.ts',
    'src/testing/index.ts',
  ]),
)
