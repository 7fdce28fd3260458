// `npm run dev`: watches tests and types, straight from the sources.
import { run, stopAll } from './run.ts'

// Without the keyboard vitest leaves Ctrl-C to us, which ends both at once.
const codes = await Promise.all([
  run('tsc', ['-p', '.', '--watch', '--preserveWatchOutput'], { keyboard: false }),
  run('vitest', ['watch', '--clearScreen=false', ...process.argv.slice(2)], { keyboard: false }).finally(() =>
    stopAll('SIGTERM'),
  ),
])
process.exitCode = Math.max(...codes)
