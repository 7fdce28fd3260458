import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSubscriber } from '@steadywire/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { drafts, serve } from './setup.ts'

it('the examples of the README run', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
  const { port, close } = await serve()
  await close()
  const code = blocks.join('\n').replaceAll('3000', String(port))
  const file = join(import.meta.dirname, `readme-${process.pid}.gen.ts`)
  onTestFinished(() => rmSync(file))
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => log.mockRestore())
  writeFileSync(file, `${code}\nexport { chat, io, log, subscriber }\n`)
  const example = await import(/* @vite-ignore */ file)
  onTestFinished(async () => {
    await example.subscriber.close()
    await example.io.close()
  })
  await example.log.append('job:7', drafts(3))
  await vi.waitFor(() => expect(log.mock.calls.map(([{ seq }]) => seq)).toEqual([1, 2, 3]))

  example.io.on('connection', (socket: { on(event: string, listener: unknown): void }) =>
    socket.on('enter', (_topic: string, answer: (said: string) => void) => answer('welcome')),
  )
  const said: unknown[] = []
  const plain = createSubscriber({ transport: example.chat })
  onTestFinished(() => plain.close())
  await plain.subscribe('room:1', { event: ({ data }) => void said.push(data), gap() {} }).ready
  example.io.emit('said', { room: '1', id: 'a', text: 'hello' })
  await vi.waitFor(() => expect(said).toEqual([{ text: 'hello' }]))
})
