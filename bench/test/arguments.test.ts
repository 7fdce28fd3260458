import { expect, test } from 'vitest'
import { parseArguments } from '../src/arguments.ts'

const known = ['core.string', 'core.object', 'size.core']

test('without keys everything is measured', () => {
  expect(parseArguments([], known)).toEqual({ keys: known, quick: false })
})

test('a key may be the beginning of several, and keeps the order of the table', () => {
  expect(parseArguments(['size', 'core'], known).keys).toEqual(known)
  expect(parseArguments(['core', '--quick'], known)).toEqual({ keys: ['core.string', 'core.object'], quick: true })
})

test('a wrong key is answered with those that there are', () => {
  expect(() => parseArguments(['core', 'sizes'], known)).toThrow(
    'No key begins with "sizes". Known: core.string, core.object, size.core.',
  )
})

test('a wrong option is named', () => {
  expect(() => parseArguments(['--fast'], known)).toThrow('Unknown option --fast')
})
