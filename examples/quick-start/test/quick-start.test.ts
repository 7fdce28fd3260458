import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const file = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const readme = fileURLToPath(new URL('../../../README.md', import.meta.url))

it('is the program that the README shows', () => {
  const [, block] = /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8')) ?? []
  expect(block).toBe(readFileSync(file, 'utf8'))
})

it('runs, and delivers every event in order', () => {
  const output = execFileSync(process.execPath, ['--conditions=@steadywire/source', file], {
    encoding: 'utf8',
    timeout: 15_000,
  })
  expect(output).toBe('1 25 %\n2 50 %\n3 100 %\n4 done\n')
})
