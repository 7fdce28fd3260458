import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { handsForTest, redisForTest } from './setup.ts'

it('the examples of the README run', async () => {
  const server = await redisForTest()
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
  const code = blocks
    .join('\n')
    .replaceAll("'redis://127.0.0.1:6379'", JSON.stringify(server.url))
    .replaceAll('redisLog({', `redisLog({ prefix: '${server.prefix}',`)
    .replaceAll("'job:", `'${server.prefix}:job:`)
  const file = join(import.meta.dirname, `readme-${process.pid}.gen.ts`)
  onTestFinished(() => rmSync(file))
  writeFileSync(file, `${code}\nexport { bridge, clustered, gateway, log }\n`)
  const { bridge, clustered, gateway, log } = await import(/* @vite-ignore */ file)
  onTestFinished(async () => {
    await gateway.close({ graceMs: 0 })
    await bridge.close()
    await log.close()
    await clustered.close()
  })
  await handsForTest(server).redis.publish(`${server.prefix}:job:abc`, '{"percent":100}')
  await expect.poll(() => bridge.stats().appended).toBe(1)
  const { events } = await log.read(`${server.prefix}:job:abc`, { limit: 10 })
  expect(events.map(({ data }: { data: unknown }) => data)).toEqual([{ percent: 50 }, { percent: 100 }])
})
