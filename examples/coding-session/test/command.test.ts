import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Appender, createEmitter, wireError } from '@steadywire/core'
import { memoryLog } from '@steadywire/server'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { runCommand } from '../src/command.ts'
import { parseOptions } from '../src/options.ts'
import { runWorker } from '../src/worker.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steadywire-example-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

/** A log that is closed at some moment. */
function closingWhen(closed: () => boolean): Appender {
  const log = memoryLog()
  return {
    async append(topic, drafts) {
      if (!closed()) return log.append(topic, drafts)
      throw wireError('refused', 'closed', 'The log was closed')
    },
  }
}

const begun = () => existsSync(join(folder, 'begun'))

/** Runs until it is told to end, and takes a moment for that. */
const lingering = (before = ':') =>
  `trap 'sleep 0.2; touch "${folder}/late"; exit' TERM; touch "${folder}/begun"; ${before}; while :; do sleep 0.02; done`

function run(command: string, to: Appender, signal: AbortSignal) {
  const emitter = createEmitter({ to, observe: () => {} })
  const writer = () => emitter.text('session:1', 'terminal', (output) => ({ output }))
  const running = runCommand({ command, cwd: folder, env: process.env, signal, stdout: writer(), stderr: writer() })
  return running.finally(() => emitter.close())
}

it('ends a command that is started after Ctrl-C', async () => {
  expect(await run('sleep 60', memoryLog(), AbortSignal.abort())).toBe(143)
})

it('ends a command that does not want to end', async () => {
  const stop = new AbortController()
  const running = run(`trap '' TERM; touch begun; while :; do sleep 0.02; done`, memoryLog(), stop.signal)
  await vi.waitFor(() => expect(begun()).toBe(true))
  stop.abort()
  expect(await running).toBe(137)
})

it('fails only after the command has ended, when what it says can not be told', async () => {
  const running = run(lingering('echo hi; exec >&-'), closingWhen(begun), new AbortController().signal)
  await expect(running).rejects.toThrow('closed')
  expect(existsSync(`${folder}/late`)).toBe(true)
})

it.each([
  ['its first event', () => true, []],
  ['an event of its load', begun, ['begun', 'late']],
])('a session that can not tell %s removes its folder, and has ended its command', async (_, closed, made) => {
  vi.stubEnv('TMPDIR', folder)
  const options = parseOptions(['--run', lingering(), '--events', '100000'], 1)
  const { signal } = new AbortController()
  const work = { options, sessionId: 'demo', breakSomething: async () => {}, signal }
  const running = runWorker({ to: closingWhen(closed), ...work })
  await expect(running.finally(() => vi.unstubAllEnvs())).rejects.toThrow('closed')
  expect(readdirSync(folder)).toEqual(made)
})
