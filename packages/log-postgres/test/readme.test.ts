import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres } from '@steadywire/postgres-server'
import { expect, it, onTestFinished } from 'vitest'
import { handsForTest, logForTest } from './setup.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
const blocksOf = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code = '']) => code)

it('the examples of the README run, and a role with the rights that it names appends, reads and follows', async () => {
  const server = await startPostgres()
  onTestFinished(() => server.close())
  const code = blocksOf('ts')
    .join('\n')
    .replaceAll("'postgres://postgres@127.0.0.1:5432/app'", JSON.stringify(server.url))
  const file = join(import.meta.dirname, `readme-${process.pid}.gen.ts`)
  onTestFinished(() => rmSync(file))
  writeFileSync(file, `${code}\nexport { gateway, log }\n`)
  const { gateway, log } = await import(/* @vite-ignore */ file)
  onTestFinished(async () => {
    await gateway.close({ graceMs: 0 })
    await log.close()
  })
  const read = await log.read('job:abc', { limit: 10 })
  expect(read.events.map(({ data }: { data: unknown }) => data)).toEqual([{ percent: 50 }, { percent: 100 }])

  const { pool } = handsForTest(server)
  await pool.query('create role app login')
  for (const sql of blocksOf('sql')) await pool.query(sql)
  const app = logForTest({ url: server.url.replace('postgres@', 'app@') })
  await app.append('job:abc', [{ id: 'one', type: 'progress', data: { percent: 0 } }])
  expect((await app.read('job:abc', { limit: 10 })).head).toBe(3)
  await (await app.tail('job:abc', { wake() {}, lost() {} }))()
})
