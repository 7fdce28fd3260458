import { describe, expect, test, vi } from 'vitest'
import { wireError } from '../src/errors.ts'
import {
  encodeAppended,
  encodeAttached,
  encodeClosing,
  encodeError,
  encodeFailed,
  encodeHeads,
  encodeHello,
  encodeItems,
  encodeLost,
  encodePage,
  encodePositions,
  encodeVerify,
  parseAppended,
  parseError,
  parseFrame,
  parseHeads,
  parsePage,
} from '../src/protocol.ts'

const text = { id: 'event-1', seq: 1, type: 'tick', time: 5, data: { n: 1 } }
const event = { ...text, topic: 't', epoch: 'e' }
const encode = () => JSON.stringify(text)
const parse = (frame: string) => {
  const report = vi.fn()
  return { frame: parseFrame(frame, report), report }
}
const items = (...list: unknown[]) => JSON.stringify({ topic: 't', epoch: 'e', items: list })

describe('what is encoded is parsed as it was', () => {
  test('items are given the topic and the epoch of their frame, and the first one its mark before', () => {
    const { frame } = parse(
      encodeItems({ topic: 't', epoch: 'e', prev: 'abc', text: `${encode()},{"skip":[2,4],"mark":"m"}` }),
    )
    expect(frame).toEqual({
      kind: 'items',
      topic: 't',
      items: [
        { ...event, prev: 'abc' },
        { epoch: 'e', skip: [2, 4], mark: 'm' },
      ],
    })
  })

  test('heads, of topics that were not born yet too', () => {
    const heads = new Map([
      ['a', { epoch: 'e', seq: 3, mark: 'm' }],
      ['b', { epoch: 'e', seq: 3 }],
      ['c', { seq: 0 }],
    ])
    expect(parse(encodePositions(heads)).frame).toEqual({ kind: 'heads', heads })
    expect(parse(encodePositions(new Map())).frame).toEqual({ kind: 'heads', heads: new Map() })
  })

  test('pages and attachments', () => {
    const page = {
      epoch: 'e',
      oldest: 1,
      head: 3,
      mark: 'm',
      sealed: true,
      through: 2,
      throughMark: 'n',
      expiresIn: 9,
      events: [event],
    }
    expect(parse(encodeAttached('t', 7, page, encode).join('')).frame).toEqual({
      kind: 'attached',
      topic: 't',
      number: 7,
      page,
    })
    const rewound = { epoch: 'e', oldest: 1, head: 3, through: 0, rewound: true as const, events: [] }
    expect(parsePage(JSON.parse(encodePage(rewound, encode).join('')), 't', () => {})).toEqual(rewound)
    const unborn = { oldest: 1, head: 0, through: 0, events: [] }
    expect(parsePage(JSON.parse(encodePage(unborn, encode).join('')), 't', () => {})).toEqual(unborn)
  })

  test('what is said of a topic and of the connection', () => {
    const error = wireError('refused', 'forbidden', 'no', { hint: 'ask', retryAfterMs: 5 })
    expect(parse(encodeVerify('t')).frame).toEqual({ kind: 'verify', topic: 't' })
    expect(parse(encodeHello('s', 5)).frame).toEqual({ kind: 'hello', version: 1, stream: 's', heartbeatMs: 5 })
    expect(parse(encodeLost('t', error)).frame).toMatchObject({ kind: 'lost', topic: 't', error: { ...error } })
    expect(parse(encodeFailed('t', 4, error)).frame).toMatchObject({
      kind: 'failed',
      topic: 't',
      number: 4,
      error: { ...error },
    })
    expect(parse(encodeClosing(error)).frame).toMatchObject({
      kind: 'closing',
      error: { code: 'forbidden', kind: 'refused' },
    })
  })

  test('answers to appends and to questions for heads', () => {
    const appended = [{ position: { epoch: 'e', seq: 3, mark: 'm' }, duplicate: true }]
    expect(parseAppended(JSON.parse(encodeAppended(appended)))).toEqual(appended)
    const heads = new Map([['t', { epoch: 'e', oldest: 1, head: 2, mark: 'm', sealed: true }]])
    expect(parseHeads(JSON.parse(encodeHeads(heads)))).toEqual(heads)
  })

  test('topics with quotes, and with names of object members', () => {
    for (const topic of ['a"b\\', '__proto__', 'constructor']) {
      expect(parse(encodePositions(new Map([[topic, { seq: 0 }]]))).frame).toEqual({
        kind: 'heads',
        heads: new Map([[topic, { seq: 0 }]]),
      })
      expect(parse(encodeItems({ topic, epoch: 'e', text: encode() })).frame).toMatchObject({
        topic,
        items: [{ topic }],
      })
      expect([...parseHeads(JSON.parse(encodeHeads(new Map([[topic, { oldest: 1, head: 0 }]])))).keys()]).toEqual([
        topic,
      ])
    }
  })
})

describe('what is no frame', () => {
  test.each([
    'nonsense',
    '[]',
    'null',
    '"text"',
    '{"items":[]}',
    '{"topic":"t","items":[]}',
    '{"topic":"t","epoch":"","items":[]}',
    '{"topic":"t","epoch":"a b","items":[]}',
    '{"topic":5,"epoch":"e","items":[]}',
    '{"topic":"t","epoch":"e","items":{}}',
    '{"heads":[]}',
    '{"heads":{"t":5}}',
    '{"heads":{"t":["e",-1]}}',
    '{"heads":{"t":["e",1.5]}}',
    '{"heads":{"t":["e",1,"too long for a mark"]}}',
    '{"attached":"t"}',
    '{"attached":"t","page":{"epoch":"e","oldest":1,"head":1}}',
    '{"verify":5}',
    '{"hello":{"v":1}}',
  ])('%s is a protocol error, after which one may try again', (frame) => {
    expect(() => parse(frame)).toThrow(expect.objectContaining({ code: 'protocol', kind: 'retry' }))
  })

  test('another version of the protocol is a mistake of the setup', () => {
    const frame = '{"hello":{"v":2,"stream":"s","heartbeatMs":5}}'
    expect(() => parse(frame)).toThrow(expect.objectContaining({ code: 'protocol', kind: 'config' }))
  })

  test('a frame of a newer server is passed over', () => {
    expect(parse('{"news":5}').frame).toEqual({ kind: 'unknown' })
  })
})

describe('[E4] an event that is none is reported and left out', () => {
  test.each([
    ['no object', 5],
    ['a list', []],
    ['without id', { ...text, id: undefined }],
    ['an id that no cursor can name', { ...text, id: 'a~b' }],
    ['seq 0', { ...text, seq: 0 }],
    ['a seq in text', { ...text, seq: '1' }],
    ['a seq with a fraction', { ...text, seq: 1.5 }],
    ['a type that is no text', { ...text, type: 5 }],
    ['no time', { ...text, time: undefined }],
    ['neither data nor truncated', { ...text, data: undefined }],
    ['truncated by half', { ...text, truncated: 'yes' }],
    ['final by half', { ...text, final: 1 }],
    ['an actor that is no text', { ...text, actor: {} }],
    ['an entity without a type', { ...text, entity: { id: '5' } }],
    ['a skip backwards', { skip: [5, 4] }],
    ['a skip of nothing', { skip: 5 }],
  ])('%s', (_, bad) => {
    const good = { ...text, id: 'event-2', seq: 2 }
    const { frame, report } = parse(items(bad, good))
    expect(frame).toMatchObject({ kind: 'items', items: [{ id: 'event-2' }] })
    expect(report).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'protocol', topic: 't' }))
  })

  test('in a page too, where skips have no place', () => {
    const report = vi.fn()
    const page = { epoch: 'e', oldest: 1, head: 2, through: 2, events: [{ skip: [1, 1] }, { ...text, seq: 2 }] }
    expect(parsePage(page, 't', report).events.map(({ seq }) => seq)).toEqual([2])
    expect(report).toHaveBeenCalledOnce()
  })

  test('the mark before a bad first item is not given to the next one', () => {
    const { frame } = parse(JSON.stringify({ topic: 't', epoch: 'e', prev: 'm', items: [5, text] }))
    expect(frame).toMatchObject({ items: [{ id: 'event-1' }] })
    expect(frame.kind === 'items' && 'prev' in Object(frame.items[0])).toBe(false)
  })

  test('a member named __proto__ changes no prototype', () => {
    const { frame } = parse(
      `{"topic":"t","epoch":"e","items":[{"__proto__":{"polluted":1},${encode().slice(1)}],"__proto__":{"heads":{}}}`,
    )
    expect(frame).toMatchObject({ kind: 'items', items: [{ id: 'event-1' }] })
    expect(Object.getPrototypeOf(frame.kind === 'items' && frame.items[0])).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
  })
})

describe('errors on the wire', () => {
  test('never carry a token or a cause', () => {
    const error = wireError('auth', 'unauthenticated', 'no', { token: 'secret', cause: new Error('inside') })
    expect(JSON.parse(encodeError(error))).toEqual({ kind: 'auth', code: 'unauthenticated', message: 'no' })
  })

  test('name the token in use when it was refused, and only then', () => {
    expect(parseError({ kind: 'auth', code: 'unauthenticated', message: 'no' }, 'mine').token).toBe('mine')
    expect(parseError({ kind: 'refused', code: 'forbidden', message: 'no' }, 'mine').token).toBeUndefined()
  })

  test.each([undefined, null, 5, 'text', [], {}, { kind: 'odd', code: 5, message: {} }])(
    '%j is a failure that may pass',
    (value) => {
      expect(parseError(value)).toMatchObject({ kind: 'retry', code: 'unavailable' })
    },
  )
})
