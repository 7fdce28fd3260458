/**
 * Blanks comments, and on demand the insides of strings, keeping every other character where it is. Enough of a
 * scanner for rules that look for names and imports; a regular expression with a quote in it may hide the rest of its line.
 */
export function blank(source: string, what: 'comments' | 'comments and strings'): string {
  const tokens = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
  return source.replace(tokens, (token) => {
    const comment = token.startsWith('/')
    if (!comment && what === 'comments') return token
    if (token.startsWith('`'))
      return token.replace(/\\.|(\$\{[^}]*\})|[^\n]/g, (part, code) => code ?? ' '.repeat(part.length))
    return token.replace(/[^\n]/g, ' ')
  })
}

/** The modules that a source imports or re-exports, types and dynamic imports included. */
export function importsOf(source: string): string[] {
  const pattern =
    /\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([@.\w][^'"]*)['"]|\bimport\s*\(?\s*['"]([@.\w][^'"]*)['"]/g
  return [...blank(source, 'comments').matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '')
}

/** Those of which more than types is imported. */
export function valueImportsOf(source: string): string[] {
  return importsOf(
    blank(source, 'comments').replace(/\b(?:import|export)\s+type\b[^'"`;]*?\bfrom\s*['"][^'"]*['"]/g, ''),
  )
}

/** `@scope/name/entry` → `@scope/name`; undefined for what is no package: relative paths and Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
