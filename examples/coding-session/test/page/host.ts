import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'

export interface Host {
  readonly url: string
  /** What it printed so far. */
  readonly printed: string
  /** Ends the command that the session runs. */
  finishCommand(): void
  /** Ctrl-C. Answers the exit code, and what is left of its temporary files. */
  interrupt(): Promise<{ readonly code: number | null; readonly left: readonly string[] }>
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const agent = fileURLToPath(new URL('agent.mjs', import.meta.url))

/** The example with its page, as a user starts it, and a command that goes on until it is told to finish. */
export async function startHost(...args: string[]): Promise<Host> {
  const temporary = mkdtempSync(join(tmpdir(), 'steadywire-page-'))
  const watched = mkdtempSync(join(tmpdir(), 'steadywire-watched-'))
  // PostgreSQL runs as another account, if this one is root.
  chmodSync(temporary, 0o755)
  const command = `"${process.execPath}" "${agent}" "${watched}"`
  const all = ['--page', '--port', '0', '--watch', watched, '--run', command, ...args]
  const child = spawn(process.execPath, ['--conditions=@steadywire/source', main, ...all], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, TMPDIR: temporary },
  })
  let printed = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    printed += chunk
  })
  const ended = once(child, 'exit')
  let interrupted: ReturnType<Host['interrupt']> | undefined
  async function interrupt() {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
    const [code] = await ended
    const left = readdirSync(temporary)
    for (const folder of [temporary, watched]) rmSync(folder, { recursive: true, force: true })
    return { code, left }
  }
  const url = await vi.waitFor(
    () => {
      const [, found] = /The session is on a page: (\S+)/.exec(printed) ?? []
      if (found === undefined) throw new Error(`No page yet:\n${printed}`)
      return found
    },
    { timeout: 60_000 },
  )
  return {
    url,
    get printed() {
      return printed
    },
    finishCommand: () => writeFileSync(join(watched, 'stop'), ''),
    interrupt() {
      interrupted ??= interrupt()
      return interrupted
    },
  }
}
