import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { abandon, killAt, runExample, runExampleIn, runUntil, verdictOf } from './run-example.ts'

const clean = { repeated: 0, outOfOrder: 0, gaps: 0 }

describe('a coding session', { timeout: 60_000 }, () => {
  it('streams a command, its errors and the watched folder over memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'steadywire-watched-'))
    try {
      const command = `echo to-out; echo to-err >&2; echo text > "${folder}/made.txt"`
      const run = await runExample('--transport', 'memory', '--headless', '--watch', folder, '--run', command)
      expect(run.code).toBe(0)
      expect(run.lines).toEqual(expect.arrayContaining(['  to-out', '  to-err', '+ write made.txt']))
      expect(run.lines.at(-2)).toBe('* completion: The command succeeded')
      const verdict = verdictOf(run)
      expect(verdict).toMatchObject({ ...clean, reconnects: 0 })
      expect(verdict.delivered).toBe(verdict.emitted)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('loses, repeats and reorders nothing over memory when the wire is cut', async () => {
    const run = await runExample(
      '--transport',
      'memory',
      '--headless',
      '--events',
      '500',
      '--cut',
      '2',
      '--run',
      'echo hi',
    )
    expect(run.code).toBe(0)
    expect(verdictOf(run)).toMatchObject({ ...clean, reconnects: 2 })
    expect(verdictOf(run).delivered).toBeGreaterThan(500)
  })

  it('loses, repeats and reorders nothing over SSE when the wire is cut', async () => {
    const run = await runExample('--headless', '--events', '2000', '--cut', '3', '--seed', '7', '--run', 'echo hi')
    expect(run.code).toBe(0)
    expect(verdictOf(run)).toMatchObject({ ...clean, reconnects: 3 })
    expect(verdictOf(run).delivered).toBe(verdictOf(run).emitted)
    expect(verdictOf(run).delivered).toBeGreaterThan(2000)
  })

  it('tells a command that failed, and gives a verdict all the same', async () => {
    const run = await runExample('--headless', '--run', 'echo almost; exit 3')
    expect(run.code).toBe(0)
    expect(run.lines).toContain('* error: The command failed with exit code 3')
    expect(verdictOf(run)).toMatchObject({ ...clean, reconnects: 0 })
  })
})

describe('many servers, or many wires', { timeout: 60_000 }, () => {
  it.each([
    ['sse', 'servers', ['--log', 'redis', '--servers', '3']],
    ['socketio', 'servers', ['--log', 'redis', '--servers', '3']],
    ['failover', 'wires', []],
  ])('loses, repeats and reorders nothing over %s when %s are killed', async (transport, _, more) => {
    const load = ['--events', '1000', '--kill', '3', '--cut', '1', '--seed', '7', '--run', 'echo hi']
    const run = await runExample('--headless', '--transport', transport, ...more, ...load)
    expect(run.code).toBe(0)
    expect(verdictOf(run)).toMatchObject(clean)
    expect(verdictOf(run).delivered).toBe(verdictOf(run).emitted)
    expect(verdictOf(run).reconnects).toBeGreaterThan(0)
  })
})

describe('Ctrl-C', { timeout: 30_000 }, () => {
  it.each(['memory', 'sse'])('ends the command over %s, and gives the verdict of what was said', async (transport) => {
    const run = await runUntil('  started', '--transport', transport, '--headless', '--run', 'echo started; sleep 60')
    expect(run.code).toBe(130)
    expect(run.lines).toContain('  started')
    expect(verdictOf(run)).toMatchObject(clean)
    expect(verdictOf(run).delivered).toBe(verdictOf(run).emitted)
  })
})

it('says in one line that there is no Redis', async () => {
  const run = await runExampleIn({ REDIS_SERVER_PATH: '/nowhere/redis-server' }, '--log', 'redis')
  expect([run.code, run.lines]).toEqual([2, ['']])
  expect(run.errors).toMatch(/^--log redis needs Redis 7.*\n$/)
})

describe('Ctrl-C, with servers and a Redis', { timeout: 60_000 }, () => {
  const more = ['--headless', '--log', 'redis', '--servers', '2']

  it.each(['socketio', 'failover'])('gives the verdict over %s, and leaves nothing behind', async (transport) => {
    const run = await runUntil('  started', '--transport', transport, ...more, '--run', 'echo started; sleep 60')
    expect([run.code, run.errors]).toEqual([130, ''])
    expect(verdictOf(run)).toMatchObject(clean)
    expect(verdictOf(run).delivered).toBe(verdictOf(run).emitted)
    expect(run.left).toEqual([])
  })

  it('ends at once while the servers are still being started', async () => {
    const run = await runUntil('A coding session', ...more, '--run', 'echo started; sleep 60')
    expect([run.code, run.errors, run.left]).toEqual([130, '', []])
    expect(run.lines).not.toContain('  started')
  })
})

describe('without those who should end it', { timeout: 60_000 }, () => {
  const more = ['--headless', '--log', 'redis', '--servers', '2']

  it('ends, also when it is alone from its first moment', async () => {
    const run = await abandon(...more)
    expect([run.code, run.errors, run.left]).toEqual([130, '', []])
  })

  it.each(['A coding session', '0 reconnects', '* starting', '* running', '  started'])(
    'leaves nothing behind when it is killed at "%s"',
    async (text) => {
      const run = await killAt(text, ...more, '--run', 'echo started; sleep 60')
      expect([run.code, run.left]).toEqual([-1, []])
    },
  )
})

describe('Supabase', { timeout: 60_000 }, () => {
  const session = ['--headless', '--transport', 'supabase', '--seed', '7']

  it.each(['changes', 'broadcast'])(
    'loses, repeats and reorders nothing by %s when the wire is cut and Realtime starts anew',
    async (mode) => {
      const load = ['--mode', mode, '--events', '1000', '--cut', '10', '--kill', '1', '--run', 'echo hi']
      const run = await runExample(...session, ...load)
      expect([run.code, run.errors, run.left]).toEqual([0, '', []])
      expect(run.lines).toContain('  hi')
      expect(verdictOf(run)).toMatchObject({ ...clean, reconnects: 11 })
      expect(verdictOf(run).delivered).toBe(verdictOf(run).emitted)
      expect(verdictOf(run).delivered).toBeGreaterThan(1000)
    },
  )

  it('gives the verdict at Ctrl-C, and leaves nothing behind', async () => {
    const run = await runUntil('  started', ...session, '--run', 'echo started; sleep 60')
    expect([run.code, run.errors, run.left]).toEqual([130, '', []])
    expect(verdictOf(run)).toMatchObject(clean)
    expect(verdictOf(run).delivered).toBe(verdictOf(run).emitted)
  })

  it('leaves nothing behind at Ctrl-C while the stand-in starts', async () => {
    const run = await runUntil('Starting', ...session, '--run', 'echo started; sleep 60')
    expect([run.code, run.errors, run.left]).toEqual([130, '', []])
    expect(run.lines).not.toContain('  started')
  })

  it.each(['Starting', '  started'])('leaves nothing behind when it is killed after "%s"', async (text) => {
    const run = await killAt(text, ...session, '--run', 'echo started; sleep 60')
    expect([run.code, run.left]).toEqual([-1, []])
    expect(run.lines.join('\n')).toContain(text)
  })

  it('says in one line why the stand-in does not start', async () => {
    const run = await runExampleIn({ TMPDIR: '/nowhere' }, ...session)
    expect(run.code).toBe(2)
    expect(run.errors).toMatch(/^The stand-in for Supabase did not start: .*\n$/)
  })
})

describe('--help', () => {
  it('names every option', async () => {
    const run = await runExample('--help')
    expect(run.code).toBe(0)
    for (const option of ['transport', 'mode', 'run', 'watch', 'events', 'cut', 'seed', 'headless', 'page', 'port'])
      expect(run.lines.join('\n')).toContain(`--${option}`)
  })
})

describe('a wrong option', { timeout: 30_000 }, () => {
  it.each([
    [
      ['--transport', 'pigeon'],
      /^--transport pigeon does not work: it takes one of memory, sse, socketio, failover, supabase$/,
    ],
    [['--servers', '3'], /^--servers 3 needs --log redis: a memory log has one process$/],
    [['--kill', '1'], /^--kill needs --log redis: a memory log dies with its server$/],
    [['--transport', 'memory', '--log', 'redis'], /^--transport memory is one process: --log, --servers and --kill/],
    [['--mode', 'broadcast'], /^--mode broadcast needs --transport supabase$/],
    [['--transport', 'supabase', '--mode', 'both'], /^--mode both does not work: it takes one of changes, broadcast$/],
    [
      ['--transport', 'supabase', '--log', 'redis'],
      /^--transport supabase keeps its events in a database of its own: /,
    ],
    [
      ['--transport', 'supabase', '--servers', '2'],
      /^--transport supabase keeps its events in a database of its own: /,
    ],
    [['--page', '--headless'], /^--headless is without a page: leave it out, or --page$/],
    [['--page', '--transport', 'memory'], /^--transport memory is one process, which no browser reaches: --page/],
    [['--port', '80000'], /^--port 80000 does not work: it takes a whole number from 0 to 65535$/],
    [['--cut', 'often'], /^--cut often does not work/],
    [['--events', '-1'], /--events/],
    [['--watch', '/no/such/folder'], /^--watch \/no\/such\/folder does not work: it takes a folder that exists$/],
    [['--loud'], /--loud/],
    [['stray'], /stray/],
  ])('%j gets one clear line and exit code 2', async (args, line) => {
    const run = await runExample(...args)
    expect(run.code).toBe(2)
    expect(run.errors.trimEnd()).toMatch(line)
    expect(run.errors.trimEnd()).not.toContain('\n')
  })
})
