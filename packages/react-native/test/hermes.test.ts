import { beforeAll, describe, expect, it } from 'vitest'
import { bundle, objections, throughPreset } from './hermes.ts'

/** What a phone may load. */
const shipped = [
  '@steadywire/core',
  '@steadywire/core/console',
  '@steadywire/core/opentelemetry',
  '@steadywire/react',
  '@steadywire/react/indicator',
  '@steadywire/react/swr',
  '@steadywire/react/tanstack-query',
  '@steadywire/react-native',
  '@steadywire/sse',
  '@steadywire/socketio',
  '@steadywire/supabase',
]
/** Other people's, which an app's bundler takes as they are. */
const leftOut = [
  'react',
  'react/*',
  'react-native',
  'socket.io-client',
  '@supabase/*',
  'swr',
  '@tanstack/*',
  '@opentelemetry/*',
]

describe('Hermes', () => {
  let script = ''
  beforeAll(async () => {
    script = await bundle(shipped, leftOut)
  })

  it('takes what is shipped as it is, without a preset that would lower it', () => {
    expect(script.length).toBeGreaterThan(100_000)
    expect(objections(script)).toEqual([])
  })

  it('takes what React Native’s preset makes of it', () => {
    expect(objections(throughPreset(script))).toEqual([])
  })

  it.each([
    ['async function* f() { yield 1 }', 'async generators are unsupported'],
    ["const f = () => import('x')", 'Invalid expression'],
    ['const f = () => /a/v', 'Invalid flags'],
  ])('refuses %s', (code, reason) => {
    expect(objections(code)).toEqual([expect.stringContaining(reason)])
  })
})
