import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

/** A program that runs beside the test, and the lines that it has printed. */
export interface Program {
  readonly child: ChildProcess
  readonly lines: readonly string[]
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>
  /** Resolves when it has printed so many lines. */
  printed(count: number): Promise<void>
}

export function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    for (const check of waiting) check()
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return {
    child,
    lines,
    ended,
    printed: (count) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (lines.length < count) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
        void ended.then((code) => reject(new Error(`ended with code ${code} after: ${lines.join('\n')}`)))
      }),
  }
}

/** A program of this example. */
export function startExample(name: string, env: NodeJS.ProcessEnv, ...args: string[]): Program {
  const file = fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url))
  return start(process.execPath, ['--conditions=@steadywire/source', file, ...args], env)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
