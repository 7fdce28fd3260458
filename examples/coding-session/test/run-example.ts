import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
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
  return run(args)
}

/** The same, but as soon as `text` is printed the user presses Ctrl-C: the terminal tells it to the whole group. */
export function runUntil(text: string, ...args: string[]): Promise<Run> {
  return run(args, text, ({ pid }) => void (pid !== undefined && process.kill(-pid, 'SIGINT')))
}

/** The same, but then its main process is killed. The end is that of all its processes. */
export function killAt(text: string, ...args: string[]): Promise<Run> {
  return run(args, text, (child) => void child.kill('SIGKILL'))
}

/** The same, started by somebody who is gone at once. */
export function abandon(...args: string[]): Promise<Run> {
  return run(args, '', (child) => child.disconnect())
}

/** Runs it to its end, with something else in its environment. */
export function runExampleIn(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Run> {
  return run(args, undefined, undefined, env)
}

async function run(
  args: readonly string[],
  text?: string,
  act?: (child: ChildProcess) => void,
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'steadywire-example-'))
  // PostgreSQL runs as another account, if this one is root.
  chmodSync(folder, 0o755)
  const child = spawn(process.execPath, ['--conditions=@steadywire/source', main, ...args], {
    detached: true,
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, TMPDIR: folder, ...env },
  })
  let printed = ''
  let errors = ''
  let acted = text === undefined
  const actOnce = () => {
    if (acted || !printed.includes(text ?? '')) return
    acted = true
    act?.(child)
  }
  const outputs = [child.stdout, child.stderr].filter((output) => output !== null)
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  child.stdout?.on('data', (chunk) => {
    printed += chunk
    actOnce()
  })
  actOnce()
  // Its own `close` does not come after a disconnect. Output is closed when all processes that share it are gone.
  const [[code]] = await Promise.all([once(child, 'exit'), ...outputs.map((output) => once(output, 'close'))])
  const left = await leftIn(folder)
  rmSync(folder, { recursive: true, force: true })
  return { code: code ?? -1, lines: printed.trimEnd().split('\n'), errors, left }
}

/** What stays there. After a kill a guard clears up, which nobody can wait for. */
async function leftIn(folder: string): Promise<readonly string[]> {
  const until = performance.now() + 5000
  while (readdirSync(folder).length > 0 && performance.now() < until) await wait(20)
  return readdirSync(folder)
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
