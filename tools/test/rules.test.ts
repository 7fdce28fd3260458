import { describe, expect, it } from 'vitest'
import { root } from '../root.ts'
import { checkRules } from '../rules/index.ts'
import { scratch } from './scratch.ts'

const manifest = (name: string, dependencies: Readonly<Record<string, string>> = {}) =>
  JSON.stringify({ name: `@steadywire/${name}`, dependencies })

function problems(files: Readonly<Record<string, string>>): string[] {
  return checkRules(scratch(files)).map(({ file, message }) => `${file}: ${message}`)
}

const core = (path: string, text: string) => ({
  'packages/core/package.json': manifest('core'),
  [`packages/core/src/${path}`]: text,
})

describe('the direction of dependencies', () => {
  it('holds in this repository', () => {
    expect(checkRules(root)).toEqual([])
  })

  it('refuses a dependency of core on the server', () => {
    expect(problems({ 'packages/core/package.json': manifest('core', { '@steadywire/server': '0.0.0' }) })).toEqual([
      expect.stringContaining('must not depend on @steadywire/server'),
    ])
  })

  it('refuses a dependency of the conformance suite on an adapter', () => {
    const files = { 'conformance/package.json': manifest('conformance', { '@steadywire/sse': '0.0.0' }) }
    expect(problems(files)).toEqual([expect.stringContaining('must not depend on @steadywire/sse')])
  })

  it('refuses a package that has no place in the order', () => {
    expect(problems({ 'packages/odd/package.json': manifest('odd') })).toEqual([expect.stringContaining('no place')])
  })

  it.each([
    ["import { createGateway } from '@steadywire/server'", 'does not name as a dependency'],
    ["import type { EventLog } from '@steadywire/server'", 'does not name as a dependency'],
    ["export * from '../../server/src/index.ts'", 'outside its src'],
    ["const fs = await import('node:fs')", 'where there is no Node'],
    ["import { createHash } from 'node:crypto'", 'where there is no Node'],
  ])('refuses in core: %s', (text, message) => {
    expect(problems(core('a.ts', text))).toEqual([expect.stringContaining(message)])
  })

  it('refuses server code in the client half of an adapter, and lets the server half have it', () => {
    const text = "import { memoryLog } from '@steadywire/server'"
    const files = {
      'adapters/tin/package.json': manifest('tin', { '@steadywire/server': '0.0.0' }),
      'adapters/tin/src/index.ts': text,
      'adapters/tin/src/server/index.ts': text,
    }
    expect(problems(files)).toEqual([expect.stringMatching(/^adapters\/tin\/src\/index\.ts: .*client half/)])
  })

  it('refuses the server half in the client half of its own adapter', () => {
    const files = {
      'adapters/tin/package.json': manifest('tin'),
      'adapters/tin/src/index.ts': "import { serve } from './server/index.ts'",
    }
    expect(problems(files)).toEqual([expect.stringContaining('client half')])
  })

  it('reads no imports out of comments', () => {
    expect(problems(core('a.ts', "// import fs from 'node:fs'\n/* export * from 'left-pad' */"))).toEqual([])
  })
})

describe('pure machines', () => {
  it.each([
    'Date.now()',
    'new Date(0)',
    'performance.now()',
    'Math.random()',
    'setTimeout(f, 1)',
    'setInterval(f, 1)',
    'queueMicrotask(f)',
    'crypto.randomUUID()',
    'Promise.resolve()',
    'async () => {}',
    'console.log(1)',
  ])('must not use %s', (text) => {
    for (const file of ['sequencer.ts', 'connection-machine.ts', 'subscription-machine.ts', 'backoff.ts'])
      expect(problems(core(file, `export const x = ${text}`))).toEqual([expect.stringContaining('is a pure machine')])
  })

  it('import nothing that has a clock or chance, except its types', () => {
    expect(problems(core('sequencer.ts', "import { randomId } from './id.ts'"))).toEqual([
      expect.stringContaining('must not import ./id.ts'),
    ])
    expect(problems(core('sequencer.ts', "import type { Clock } from './clock.ts'"))).toEqual([])
  })

  it('may talk about time in comments, strings and names of their own', () => {
    const text = "// no Date here\nexport const text = 'Promise'\nexport const x = state.performance"
    expect(problems(core('sequencer.ts', text))).toEqual([])
  })
})

describe('time and chance', () => {
  it.each([
    'Date.now()',
    'new Date',
    'new Date()',
    'Math.random()',
    'setTimeout(f, 1)',
    'globalThis.setTimeout(f, 1)',
    'crypto.randomUUID()',
  ])('are injected into library code: no %s', (text) => {
    expect(problems(core('delivery.ts', `export const x = ${text}`))).toEqual([
      expect.stringContaining('must take a Clock'),
    ])
    expect(problems(core('clock.ts', `export const x = ${text}`))).toEqual([])
  })
})
