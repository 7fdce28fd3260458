import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')

it('documents every error code with its cause and cure, and no other', async () => {
  const source = await read('../src/errors.ts')
  const union = source.slice(source.indexOf('type ErrorCode'), source.indexOf('/**\n * How a failure'))
  const codes = [...union.matchAll(/\| '(\w+)'/g)].map(([, code]) => code)
  const sections = (await read('../../../docs/errors.md')).split(/^### /m).slice(1)
  const documented = sections.map((section) => /^`(\w+)`\nCause: .+\n(?:.+\n)*?Cure: /.exec(section)?.[1] ?? section)
  expect(codes.length).toBeGreaterThan(30)
  expect(documented.toSorted()).toEqual(codes.toSorted())
})
