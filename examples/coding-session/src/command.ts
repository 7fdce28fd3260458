import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import type { TextWriter } from '@steadywire/core'

export interface CommandOptions {
  readonly command: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly stdout: TextWriter
  readonly stderr: TextWriter
  /** Ends the command and everything that it started. */
  readonly signal: AbortSignal
}

/** How long a command may take to end when it is told to. */
const graceMs = 2000

/** Runs a command in a shell, streams what it prints, and answers its exit code (128 + n if signal n ended it). */
export async function runCommand({ command, cwd, env, stdout, stderr, signal }: CommandOptions): Promise<number> {
  const group = process.platform !== 'win32'
  const child = spawn(command, { cwd, env, shell: true, detached: group, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return
    try {
      process.kill(group ? -child.pid : child.pid, name)
    } catch {
      // It ended by itself meanwhile.
    }
  }
  let overdue: NodeJS.Timeout | undefined
  const end = () => {
    kill('SIGTERM')
    overdue ??= setTimeout(kill, graceMs, 'SIGKILL')
  }
  signal.addEventListener('abort', end)
  // Ctrl-C may have come before there was a command.
  if (signal.aborted) end()
  const closed = once(child, 'close')
  const streams = Promise.all([follow(child.stdout, stdout), follow(child.stderr, stderr)])
  try {
    await Promise.all([closed, streams])
  } finally {
    end()
    // Also when what it says can't be told: where it writes is removed next.
    await closed
    clearTimeout(overdue)
    signal.removeEventListener('abort', end)
  }
  const { exitCode, signalCode } = child
  return signalCode ? 128 + constants.signals[signalCode] : (exitCode ?? 1)
}

async function follow(source: Readable, writer: TextWriter): Promise<void> {
  for await (const chunk of source.setEncoding('utf8')) await writer.write(String(chunk))
  await writer.end()
}
