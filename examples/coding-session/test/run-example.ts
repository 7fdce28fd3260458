import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Run {
  readonly code: number
  readonly lines: readonly string[]
  readonly errors: string
  /** What it left in the folder for temporary files. */
  readonly left: readonly string[]
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Runs the example as a user does, in a process of its own, to its end. */
export function runExample(...args: string[]): Promise<Run> {
  return runUntil(undefined, ...args)
}

/** The same, but as soon as `text` is printed the user presses Ctrl-C: the terminal tells it to the whole group. */
export function runUntil(text: string | undefined, ...args: string[]): Promise<Run> {
  return run(args, text, (pid) => process.kill(-pid, 'SIGINT'))
}

/** The same, but its main process is killed with `kill -9`. What it started then clears up, for which it has some seconds. */
export function runUntilKilled(text: string, ...args: string[]): Promise<Run> {
  return run(args, text, (pid) => process.kill(pid, 'SIGKILL'))
}

/** In an environment of its own besides. */
export function runExampleIn(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Run> {
  return run(args, undefined, () => {}, env)
}

function run(
  args: readonly string[],
  text: string | undefined,
  stop: (pid: number) => void,
  more: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'steadywire-example-'))
  // PostgreSQL runs as another account, if this one is root.
  chmodSync(folder, 0o755)
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--conditions=@steadywire/source', main, ...args], {
      detached: true,
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: folder, ...more },
    })
    let printed = ''
    let errors = ''
    let pressed = text === undefined
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.stdout.on('data', (chunk) => {
      printed += chunk
      if (pressed || !printed.includes(text ?? '') || child.pid === undefined) return
      pressed = true
      stop(child.pid)
    })
    child.on('close', async (code, signal) => {
      if (signal === 'SIGKILL') await emptied(folder)
      const left = readdirSync(folder)
      rmSync(folder, { recursive: true, force: true })
      resolve({ code: code ?? -1, lines: printed.trimEnd().split('\n'), errors, left })
    })
  })
}

const patienceMs = 20_000

async function emptied(folder: string): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (readdirSync(folder).length > 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50))
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
