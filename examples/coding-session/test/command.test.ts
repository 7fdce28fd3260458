import { createEmitter } from '@steadywire/core'
import { memoryLog } from '@steadywire/server'
import { expect, it } from 'vitest'
import { runCommand } from '../src/command.ts'

it('ends a command that is started after Ctrl-C', async () => {
  const emitter = createEmitter({ to: memoryLog() })
  const writer = () => emitter.text('session:1', 'terminal', (output) => ({ output }))
  const streams = { stdout: writer(), stderr: writer() }
  const place = { cwd: process.cwd(), env: process.env, signal: AbortSignal.abort() }
  expect(await runCommand({ command: 'sleep 60', ...place, ...streams })).toBe(143)
  await emitter.close()
})
