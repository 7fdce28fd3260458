import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Starts a file of this folder in a process of its own, on this Node. */
export function forked(file: string, args: readonly string[] = []): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--conditions=@steadywire/source', '--expose-gc'],
  })
}

/** Nothing that was started may outlive who started it. */
export function endWithParent(): void {
  process.once('disconnect', () => process.exit())
}

/** Collects garbage, then tells how much heap is in use, in bytes. Needs `--expose-gc`. */
export async function heapInUse(): Promise<number> {
  if (!globalThis.gc) throw new Error('Start Node with --expose-gc')
  for (let time = 0; time < 3; time++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}
