import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Run {
  readonly code: number
  readonly lines: readonly string[]
  readonly errors: string
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Runs the example as a user does, in a process of its own, to its end. */
export function runExample(...args: string[]): Promise<Run> {
  return runUntil(undefined, ...args)
}

/** The same, but as soon as `text` is printed the user presses Ctrl-C. */
export function runUntil(text: string | undefined, ...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=@steadywire/source', main, ...args],
      { timeout: 60_000, maxBuffer: 16_777_216 },
      (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, lines: stdout.trimEnd().split('\n'), errors: stderr }),
    )
    let printed = ''
    child.stdout?.on('data', (chunk) => {
      if (text === undefined || printed.includes(text)) return
      printed += chunk
      if (printed.includes(text)) child.kill('SIGINT')
    })
  })
}

const pattern =
  /^verdict: delivered (\d+)\/(\d+), repeated (\d+), out of order (\d+), gaps (\d+), reconnects (\d+), p50 [\d.]+ ms, p99 [\d.]+ ms$/

/** The numbers of the last line, as it stands there. */
export function verdictOf({ lines }: Run) {
  const [delivered, emitted, repeated, outOfOrder, gaps, reconnects] = (pattern.exec(lines.at(-1) ?? '') ?? [])
    .slice(1)
    .map(Number)
  return { delivered, emitted, repeated, outOfOrder, gaps, reconnects }
}
