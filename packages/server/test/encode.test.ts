import type { WireEvent } from '@steadywire/core'
import { expect, test, vi } from 'vitest'
import { encodeItem, noteText } from '../src/index.ts'

const event: WireEvent = {
  id: 'a',
  topic: 't',
  seq: 1,
  epoch: 'e',
  type: 'said',
  time: 5,
  data: { text: 'é"\n' },
  final: true,
}

test('an event is encoded without its topic and epoch, and without what a wire adds', () => {
  const { topic: _topic, epoch: _epoch, ...rest } = event
  expect(JSON.parse(encodeItem(event))).toEqual(rest)
  expect(JSON.parse(encodeItem({ ...event, prev: 'x' }))).toEqual(rest)
})

test('a skip is encoded with its mark, where it has one', () => {
  expect(encodeItem({ epoch: 'e', skip: [2, 4] })).toBe('{"skip":[2,4]}')
  expect(JSON.parse(encodeItem({ epoch: 'e', skip: [2, 4], mark: 'm' }))).toEqual({ skip: [2, 4], mark: 'm' })
})

test('one event is encoded once, however often it is sent, and nobody sees the text on it', () => {
  const fresh = { ...event }
  const text = encodeItem(fresh)
  const stringify = vi.spyOn(JSON, 'stringify')
  expect(encodeItem(fresh)).toBe(text)
  expect(stringify).not.toHaveBeenCalled()
  stringify.mockRestore()
  expect(fresh).toStrictEqual(event)
  expect(encodeItem({ ...fresh, seq: 2 })).toContain('"seq":2')
})

test('a log that has the text notes it; a frozen event is encoded all the same', () => {
  const noted = { ...event }
  noteText(noted, '{"noted":true}')
  noteText(noted, '{"again":true}')
  expect(encodeItem(noted)).toBe('{"noted":true}')
  expect(JSON.parse(encodeItem(Object.freeze({ ...event })))).toMatchObject({ id: 'a' })
})

test('every field of an event is in its text', () => {
  const whole = { ...event, key: 'k', entity: { type: 'job', id: '7' }, actor: 'me' }
  const { topic: _topic, epoch: _epoch, ...rest } = whole
  expect(JSON.parse(encodeItem(whole))).toEqual(rest)
  const { data: _data, ...without } = event
  expect(JSON.parse(encodeItem({ ...without, truncated: true }))).toMatchObject({ truncated: true, final: true })
})
