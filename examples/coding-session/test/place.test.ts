import { expect, it } from 'vitest'
import { parseOptions } from '../src/options.ts'
import { forPlace } from '../src/place.ts'

it.each([
  ['at a terminal', true, [], { page: true, headless: false }],
  ['at a terminal, without a wire for a browser', true, ['--transport', 'memory'], { page: false, headless: false }],
  ['at a terminal, as if it were none', true, ['--headless'], { page: false, headless: true }],
  ['in a script', false, [], { page: false, headless: true }],
  ['in a script that wants the page', false, ['--page'], { page: true, headless: false }],
])('knows what is expected %s', (_, attended, args, expected) => {
  expect(forPlace(parseOptions(args, 1), attended)).toMatchObject(expected)
})
