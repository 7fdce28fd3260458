import { blank, valueImportsOf } from './source.ts'
import type { Package, Problem } from './workspace.ts'

/** Functions from state and input to state and effects: no clock, no chance, no promise, no I/O. */
const pure = /^packages\/core\/src\/(sequencer|connection-machine|subscription-machine|backoff)\.ts$/

const impure =
  /(?<![.\w$])(Date|performance|crypto|Promise|setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|queueMicrotask|requestAnimationFrame|fetch|console|globalThis|process|async|await)\b(?!\s*\??:)|\bMath\s*\.\s*random\b/g

/** What pure code may import: other pure files, and words without a life of their own. Types may come from anywhere. */
const pureImports = /^\.\/(sequencer|connection-machine|subscription-machine|backoff|event|gap|errors)\.ts$/

/** Library code has time and chance injected (`Clock`, `Random`), so that every run can be repeated. */
const timed = /^(packages|adapters)\/[^/]+\/src\//
const ports = /^packages\/core\/src\/(clock\.ts|id\.ts|platform\.d\.ts|testing\/fake-clock\.ts)$/
const ambient =
  /(?<![.\w$])(?:globalThis\s*\.\s*)?(?:Date\s*\.\s*now|performance\s*\.\s*now|setTimeout|setInterval|crypto\s*\.\s*(?:randomUUID|getRandomValues))\b|\bnew\s+Date\b(?!\s*\(\s*[^)\s])|\bMath\s*\.\s*random\b/g

export function checkPurity(packages: readonly Package[]): Problem[] {
  return packages.flatMap(({ sources }) =>
    sources.flatMap(({ path, text }) => {
      if (pure.test(path))
        return [...find(path, text, impure, 'is a pure machine: it must not use'), ...findImports(path, text)]
      if (timed.test(path) && !ports.test(path))
        return find(path, text, ambient, 'must take a Clock or Random instead of')
      return []
    }),
  )
}

function findImports(file: string, text: string): Problem[] {
  return valueImportsOf(text)
    .filter((specifier) => !pureImports.test(specifier))
    .map((specifier) => ({ file, message: `is a pure machine: it must not import ${specifier}, except its types` }))
}

function find(file: string, text: string, pattern: RegExp, rule: string): Problem[] {
  const code = blank(text, 'comments and strings')
  return [...code.matchAll(pattern)].map((match) => {
    const line = code.slice(0, match.index).split('\n').length
    return { file: `${file}:${line}`, message: `${rule} ${match[0].replaceAll(/\s/g, '')}` }
  })
}
