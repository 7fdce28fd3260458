import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { databaseForFile } from './aids.ts'

const database = await databaseForFile()

it('the examples of the README run', async () => {
  const { url, publishableKey, secretKey, token } = await database.endpoint()
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const code = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)]
    .map(([, block = '']) => block)
    .join('\n')
    .replaceAll('http://127.0.0.1:54321', url)
    .replaceAll('the secret key', secretKey)
    .replaceAll('the publishable key', publishableKey)
    .replaceAll('the token of the session', token({ sub: 'ann' }))
  const file = join(import.meta.dirname, `readme-${process.pid}.gen.ts`)
  onTestFinished(() => rmSync(file))
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => log.mockRestore())
  writeFileSync(file, `${code}\nexport { beside, client, emitter, job, sessions, subscriber }\n`)
  const { beside, client, emitter, job, sessions, subscriber } = await import(/* @vite-ignore */ file)
  onTestFinished(async () => {
    await Promise.all([emitter.close(), subscriber.close(), beside.close()])
    await client.removeAllChannels()
  })
  await vi.waitFor(() => expect(log).toHaveBeenCalledWith('50 %'), 10_000)
  const shared: unknown[] = []
  await beside.subscribe(job({ jobId: '7' }), {
    event: ({ data }: { data: unknown }) => void shared.push(data),
    gap() {},
  }).ready
  await emitter.emit(job({ jobId: '7' }), 'progress', { percent: 100 })
  await vi.waitFor(() => expect(log).toHaveBeenCalledWith('100 %'), 10_000)
  await vi.waitFor(() => expect(shared).toEqual([{ percent: 100 }]), 10_000)
  expect(sessions.name).toBe('supabase')
})
