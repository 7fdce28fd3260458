import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { root } from './root.ts'

const running = new Set<ChildProcess>()
let stopping = false
let watching = false

/** Ends what runs, and lets nothing new begin. */
export function stopAll(signal: NodeJS.Signals): void {
  stopping = true
  for (const child of running) child.kill(signal)
}

function watchForTheEnd(): void {
  if (watching) return
  watching = true
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopAll(signal))
  // The first stage (setup.mjs) is gone, killed perhaps: nothing that was started for it may stay.
  process.once('disconnect', () => stopAll('SIGTERM'))
  process.channel?.unref()
}

/** Runs a program of node_modules/.bin (or any other) in the repository; answers its exit code, 130 once Ctrl-C was pressed. */
export function run(
  command: string,
  args: readonly string[],
  { keyboard = true }: { readonly keyboard?: boolean } = {},
): Promise<number> {
  watchForTheEnd()
  if (stopping) return Promise.resolve(130)
  return new Promise((resolve, reject) => {
    const shell = process.platform === 'win32'
    const local = join(root, 'node_modules', '.bin', command)
    const child = spawn(shell ? `"${local}"` : local, args, {
      cwd: root,
      stdio: [keyboard ? 'inherit' : 'ignore', 'inherit', 'inherit'],
      shell,
    })
    running.add(child)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      running.delete(child)
      resolve(stopping ? 130 : signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1))
    })
  })
}
