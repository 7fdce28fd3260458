import {
  compareCursors,
  decodeCursor,
  defineTopic,
  encodeCursor,
  memoryCursors,
  type TopicParams,
  topicName,
} from '@steadywire/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const label = fc.stringMatching(/^[a-z]{1,8}$/)
const param = fc.stringMatching(/^[\x21-\x39\x3b-\x7a\x7c\x7e]{1,20}$/)
const code = (wanted: string) => expect.objectContaining({ code: wanted })

describe('defineTopic', () => {
  it('matches what it filled in, and gives the parameters back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(label, param), { minLength: 1, maxLength: 4 }), (parts) => {
        const pattern: string = parts.map(([text], index) => `${text}:{p${index}}`).join(':')
        const params = Object.fromEntries(parts.map(([, value], index) => [`p${index}`, value]))
        const family = defineTopic(pattern, {})
        expect(family.match(family(params as TopicParams<string>).name)).toEqual(params)
      }),
    )
  })

  it('does not match the topics of other families', () => {
    const job = defineTopic('job:{id}', {})
    expect(job.match('job:42')).toEqual({ id: '42' })
    for (const other of ['job:', 'job:1:2', 'jobs:1', 'x/job:1', 'job:a b']) expect(job.match(other)).toBeUndefined()
    expect(defineTopic('a.b:{id}', {}).match('aXb:1')).toBeUndefined()
    expect(defineTopic('all', {}).match('all')).toEqual({})
  })

  it.each(['', 'a b', '{a}{b}', 'a:{x}:{x}', 'a:{', 'a:}', 'a:{1x}', 'x'.repeat(257)])(
    'refuses the pattern %j',
    (pattern) => {
      expect(() => defineTopic(pattern, {})).toThrow(code('invalid_topic'))
    },
  )

  it.each(['', 'a:b', 'a b', '{x}', undefined, null, 'NaN '])('refuses the parameter %j', (value) => {
    const job = defineTopic('job:{id}', {})
    expect(() => job({ id: value as string })).toThrow(code('invalid_topic'))
  })

  it('refuses a cap that is none', () => {
    for (const maxBytes of [0, -1, 1.5, Number.NaN])
      expect(() => defineTopic('a', {}, { maxBytes })).toThrow(code('invalid_option'))
  })

  it('refuses a name that is none', () => {
    for (const name of ['', 'a b', 'ä', 'x'.repeat(257)]) expect(() => topicName(name)).toThrow(code('invalid_topic'))
  })
})

describe('cursors', () => {
  const name = fc.stringMatching(/^[\w.:-]{1,8}$/)
  const position = fc.oneof(
    fc.constant({ seq: 0 }),
    fc.record({ seq: fc.nat(), epoch: name, mark: name }),
    fc.record({ seq: fc.nat(), epoch: name }),
  )

  it('come back as they were', () => {
    fc.assert(
      fc.property(position, (at) => {
        expect(decodeCursor(encodeCursor(at))).toEqual(at)
      }),
    )
  })

  it('are ordered within an epoch, and not over two', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        const at = (seq: number, epoch: string) => encodeCursor({ seq, epoch })
        expect(Math.sign(compareCursors(at(a, 'e'), at(b, 'e')) ?? Number.NaN)).toBe(Math.sign(a - b))
        expect(compareCursors(at(a, 'e'), at(b, 'f'))).toBeUndefined()
      }),
    )
    expect(compareCursors(encodeCursor({ seq: 0 }), encodeCursor({ seq: 1, epoch: 'e' }))).toBeLessThan(0)
  })

  it('refuses what is no cursor', () => {
    for (const text of ['', '1', '1~~', '-1~~e', '1.5~~e', '99999999999999999~~e', 'x~~e', '1~a b~e'])
      expect(() => decodeCursor(text), text).toThrow(code('invalid_cursor'))
  })

  it('move forward only in a store, unless told otherwise', async () => {
    const store = memoryCursors()
    const at = (seq: number, epoch = 'e') => encodeCursor({ seq, epoch })
    await store.advance('a/x', at(5))
    await store.advance('a/x', at(4))
    await store.advance('a/x', at(9, 'f'))
    expect(await store.get('a/x')).toBe(at(5))
    await store.advance('a/x', at(1, 'f'), { over: true })
    expect(await store.get('a/x')).toBe(at(1, 'f'))
    await store.advance('b/x', at(1))
    await store.purge('a/')
    expect([await store.get('a/x'), await store.get('b/x')]).toEqual([undefined, at(1)])
  })
})
