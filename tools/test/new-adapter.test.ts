import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../root.ts'
import { checkRules } from '../rules/index.ts'
import { createAdapter } from '../scaffold/create-adapter.ts'
import { linkModules, scratch } from './scratch.ts'

const copied = ['LICENSE', 'vitest.config.ts', 'tools/patience.ts', 'package.json', 'packages/core/package.json']

function repository(): string {
  const folder = scratch(Object.fromEntries(copied.map((path) => [path, readFileSync(join(root, path), 'utf8')])))
  linkModules(folder, root)
  return folder
}

it('makes an adapter that keeps the rules and whose conformance run starts red, saying how to go on', {
  timeout: 90_000,
}, () => {
  const folder = repository()
  createAdapter(folder, 'tin-can')
  expect(checkRules(folder)).toEqual([])
  expect(
    readFileSync(join(folder, 'adapters/tin-can/test/conformance.test.ts'), 'utf8').split('\n').length,
  ).toBeLessThan(12)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', '--bail=1', '--testNamePattern=D1\\]'],
    { cwd: folder, encoding: 'utf8', timeout: 80_000 },
  )
  expect(status).toBe(1)
  expect(stdout + stderr).toContain('The tin-can adapter does not connect yet')
})

it.each(['', 'Upper', '../escape', 'two words', '-dash', 'a'.repeat(41)])('refuses the name %j', (name) => {
  expect(() => createAdapter(repository(), name)).toThrow("can't be an adapter's name")
})

it('refuses a folder that is there', () => {
  const folder = repository()
  createAdapter(folder, 'tin')
  expect(() => createAdapter(folder, 'tin')).toThrow('adapters/tin is already there')
})
