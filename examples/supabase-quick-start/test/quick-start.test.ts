import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const file = join(import.meta.dirname, '../src/main.ts')
const readme = join(import.meta.dirname, '../../../README.md')

it('is the program that the README shows', () => {
  const blocks = [...readFileSync(readme, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block)
  expect(blocks).toContain(readFileSync(file, 'utf8'))
})

it('brings live events over a project that it starts, and ends', { timeout: 60_000 }, () => {
  const { DATABASE_URL: _, ...env } = process.env
  const output = execFileSync(process.execPath, ['--conditions=@steadywire/source', file], {
    ...{ env, encoding: 'utf8', timeout: 50_000, stdio: ['ignore', 'pipe', 'ignore'] },
  })
  expect(output).toBe('1 hello from a backend\n2 hello from SQL\n')
})
