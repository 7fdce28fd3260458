import { createEmitter, defineTopic } from '@steadywire/core'
import { createFakeClock, createTestLog } from '@steadywire/core/testing'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import * as z from 'zod'

function setup(maxBytes = 65_536) {
  const session = defineTopic(
    'session:{id}',
    { terminal: z.object({ command: z.string(), output: z.string() }) },
    { maxBytes },
  )
  const clock = createFakeClock()
  const log = createTestLog(() => clock.wall())
  let appends = 0
  let broken = false
  const emitter = createEmitter({
    to: {
      async append(topic, drafts) {
        appends++
        if (broken) throw new Error('disk full')
        return log.append(topic, drafts)
      },
    },
    clock,
    observe: () => {},
    giveUpAfterMs: 1000,
  })
  const topic = session({ id: 1 })
  const write = (options = {}) => emitter.text(topic, 'terminal', (output) => ({ command: 'ls', output }), options)
  const breakLog = () => {
    broken = true
  }
  const pieces = () =>
    log.read(topic.name, { limit: 100_000 }).events.map(({ data }) => (data as { output: string }).output)
  return { clock, emitter, write, pieces, appends: () => appends, breakLog }
}

describe('a text writer', () => {
  it('gathers chunks by time', async () => {
    const { clock, write, pieces } = setup()
    const out = write()
    for (const chunk of ['a', 'b', 'c']) void out.write(chunk)
    await clock.advance(99)
    expect(pieces()).toEqual([])
    await clock.advance(1)
    expect(pieces()).toEqual(['abc'])
    void out.write('d')
    await out.end()
    expect(pieces()).toEqual(['abc', 'd'])
    expect(clock.pending).toBe(0)
  })

  it('does not wait for the time when there is much', async () => {
    const { clock, write, pieces } = setup()
    void write().write('x'.repeat(20_000))
    await clock.settle()
    expect(pieces().join('')).toHaveLength(20_000)
    expect(clock.pending).toBe(0)
  })

  it('[E5] splits what is longer than the cap, in order, and appends the pieces together', async () => {
    const { write, pieces, appends } = setup(100)
    const out = write()
    const text = 'line "quoted"\n'.repeat(50)
    void out.write(text)
    await out.end()
    expect(pieces().join('')).toBe(text)
    expect(pieces().length).toBeGreaterThan(5)
    expect(appends()).toBe(Math.ceil(pieces().length / 16))
  })

  it('[E5] cuts neither surrogate pairs nor escapes', async () => {
    const { write, pieces } = setup(64)
    const out = write()
    const text = '\x1b[31;1mred\x1b[0m 👍🏽'.repeat(20)
    void out.write(text)
    await out.end()
    expect(pieces().join('')).toBe(text)
    for (const piece of pieces()) {
      expect(piece).not.toMatch(/[\ud800-\udfff]/u)
      expect(piece.slice(piece.lastIndexOf('\x1b'))).toContain('m')
    }
  })

  it('keeps half a pair and half an escape for the next event', async () => {
    const { clock, write, pieces } = setup()
    const out = write()
    void out.write('a\ud83d')
    await clock.advance(100)
    void out.write('\udc4db\x1b[3')
    await clock.advance(100)
    void out.write('1mc')
    await out.end()
    expect(pieces()).toEqual(['a', '👍b', '\x1b[31mc'])
  })

  it('sends the text as it was written, however it is chopped', async () => {
    const chunk = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\x1b', '\x1b[3', '1m', '\ud83d', '\udc4d', '"\n'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(chunk), fc.integer({ min: 60, max: 200 }), async (chunks, maxBytes) => {
        const { clock, write, pieces } = setup(maxBytes)
        const out = write()
        for (const [index, part] of chunks.entries()) {
          void out.write(part)
          if (index % 3 === 0) await clock.advance(100)
        }
        await out.end()
        expect(pieces().join('')).toBe(chunks.join(''))
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('[D8] holds a fast source back, and fails one that does not listen', async () => {
    const { clock, write, pieces } = setup()
    const out = write({ maxWaiting: 1000 })
    const room = vi.fn()
    void out.write('x'.repeat(1000)).then(room)
    await Promise.resolve()
    expect(room).not.toHaveBeenCalled()
    await clock.advance(100)
    expect(room).toHaveBeenCalled()
    void out.write('y'.repeat(1000))
    void out.write('z')
    await expect(out.end()).rejects.toMatchObject({ code: 'limit_reached' })
    expect(pieces()).toEqual(['x'.repeat(1000)])
  })

  it('reports a failure by end(), and sends nothing after it', async () => {
    const { clock, write, emitter, breakLog, pieces } = setup()
    const out = write()
    void out.write('a')
    await clock.advance(100)
    breakLog()
    void out.write('b')
    await clock.advance(10_000)
    void out.write('c')
    await expect(out.end()).rejects.toMatchObject({ code: 'unconfirmed' })
    expect(pieces()).toEqual(['a'])
    expect(emitter.stats().failed).toBe(1)
  })

  it('says so if the data leaves no room for text', async () => {
    const { write } = setup(27)
    const out = write()
    void out.write('text')
    await expect(out.end()).rejects.toMatchObject({ code: 'too_large' })
  })
})
