// `npm run dev`: watches tests and types, straight from the sources.
import { run } from './run.ts'

const codes = await Promise.all([
  run('tsc', ['-p', '.', '--watch', '--preserveWatchOutput']),
  run('vitest', ['--clearScreen=false', ...process.argv.slice(2)]),
])
process.exitCode = Math.max(...codes)
