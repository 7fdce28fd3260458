import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../root.ts'
import { scratch } from './scratch.ts'

const bin = (name: string) => join(root, 'node_modules', '.bin', name)

function biome(files: Readonly<Record<string, string>>): string {
  const config = readFileSync(join(root, 'biome.json'), 'utf8').replace('"enabled": true', '"enabled": false')
  const folder = scratch({ 'biome.json': config, ...files })
  const { stdout, stderr } = spawnSync(bin('biome'), ['lint', '.'], { cwd: folder, encoding: 'utf8' })
  return stdout + stderr
}

describe('the linter', () => {
  it('refuses any', () => {
    expect(biome({ 'a.ts': 'export const a = (x: any): unknown => x\n' })).toContain('lint/suspicious/noExplicitAny')
  })

  it('refuses files that import each other', () => {
    const files = {
      'a.ts': "import { b } from './b.ts'\nexport const a = () => b\n",
      'b.ts': "import { a } from './a.ts'\nexport const b = () => a\n",
    }
    expect(biome(files)).toContain('lint/suspicious/noImportCycles')
  })
})

describe('the compiler', () => {
  it.each(['document.title', 'process.pid', "await import('node:fs')", 'localStorage.length'])(
    'refuses %s in core, which knows no Node and no DOM',
    (text) => {
      const folder = scratch({
        'a.ts': `export const x = ${text}\n`,
        'tsconfig.json': JSON.stringify({
          extends: join(root, 'packages/core/tsconfig.build.json'),
          compilerOptions: { rootDir: '.', outDir: 'dist' },
          include: ['a.ts'],
        }),
      })
      const { status, stdout } = spawnSync(bin('tsc'), ['-p', folder], { encoding: 'utf8' })
      expect(stdout).toMatch(/a\.ts.*error TS/)
      expect(status).not.toBe(0)
    },
  )
})
