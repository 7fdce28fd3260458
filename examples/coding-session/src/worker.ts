import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Appender, createEmitter, messageOf, type Transport } from '@steadywire/core'
import { runCommand } from './command.ts'
import { emitLoad } from './load.ts'
import { calledFrom, type Options } from './options.ts'
import { seeded } from './random.ts'
import { createRecorder, type EventRecord, tellSoon } from './record.ts'
import { session } from './session.ts'
import { thinkAloud } from './thoughts.ts'
import { watchFolder } from './watch-folder.ts'

export interface WorkerOptions {
  readonly to: Appender | Transport
  readonly options: Options
  readonly sessionId: string
  /** Resolves when all is whole again. */
  breakSomething(): Promise<void>
  /** Told what was emitted, soon after. */
  placed?(records: readonly EventRecord[]): void
  readonly signal: AbortSignal
}

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

/** The session, with a folder of its own for as long as it lasts. Answers what it emitted. */
export async function runWorker(work: WorkerOptions): Promise<readonly EventRecord[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'steadywire-session-'))
  try {
    return await runSession(work, scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Runs the command, watches the folder, tells everything. */
async function runSession(
  { to, options, sessionId, breakSomething, placed, signal }: WorkerOptions,
  scratch: string,
): Promise<readonly EventRecord[]> {
  const topic = session({ sessionId })
  const recorder = createRecorder()
  const telling = placed && tellSoon(recorder.records, placed)
  const emitter = createEmitter({ to: recorder.before(to), id: recorder.id })
  const folder = options.watch ?? scratch
  const command = options.run ?? defaultCommand(scratch)
  await emitter.emit(topic, 'state_changed', { state: 'starting', detail: `watching ${folder}` })
  const watching = watchFolder(folder, (change) => void emitter.tryEmit(topic, 'file_change', change))
  const failed = new AbortController()
  const ended = AbortSignal.any([signal, failed.signal])
  let iteration = 0
  const think = () => emitter.emit(topic, 'thinking', { iteration: ++iteration })
  const thinking = options.page ? thinkAloud(think) : undefined
  try {
    await emitter.emit(topic, 'state_changed', { state: 'running', detail: command })
    const both = [
      runCommand({
        command,
        cwd: options.run === undefined ? root : calledFrom(),
        env: environment(options.headless),
        stdout: emitter.text(topic, 'terminal', (output) => ({ stream: 'stdout' as const, output })),
        stderr: emitter.text(topic, 'terminal', (output) => ({ stream: 'stderr' as const, output })),
        signal: ended,
      }),
      emitLoad({
        events: options.events,
        breaks: options.cut + options.kill,
        random: seeded(options.seed),
        emit: (n) => emitter.emit(topic, 'load', { n }),
        think,
        breakSomething,
        signal: ended,
      }),
    ] as const
    for (const one of both) one.catch(() => failed.abort())
    // If one fails, the other is still to end: the command writes into the folder.
    await Promise.allSettled(both)
    const [exitCode] = await Promise.all(both)
    thinking?.stop()
    await watching.close()
    if (exitCode === 0) {
      await emitter.emit(topic, 'state_changed', { state: 'finished', detail: 'exit code 0' })
      await emitter.emit(topic, 'completion', { message: 'The command succeeded' }, { final: true })
    } else {
      await emitter.emit(topic, 'state_changed', { state: 'failed', detail: `exit code ${exitCode}` })
      const message = `The command failed with exit code ${exitCode}`
      await emitter.emit(topic, 'error', { message, exitCode }, { final: true })
    }
  } catch (thrown) {
    await watching.close()
    await emitter.emit(topic, 'error', { message: messageOf(thrown), exitCode: 1 }, { final: true })
  } finally {
    thinking?.stop()
    await emitter.close()
    telling?.stop()
  }
  return recorder.records
}

/** Real work of this repository: compiles the core into the watched folder, then runs the core's tests. */
function defaultCommand(folder: string): string {
  return [
    `tsc -p packages/core/tsconfig.build.json --outDir "${folder}" --listEmittedFiles`,
    'vitest run packages/core --reporter=verbose',
  ].join(' && ')
}

function environment(headless: boolean): NodeJS.ProcessEnv {
  const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  return { ...process.env, PATH, ...(headless ? { NO_COLOR: '1' } : { FORCE_COLOR: '1' }) }
}
