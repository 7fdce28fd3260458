import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const sources = join(import.meta.dirname, '../src')

/** A page's code blocks of a language, in their order. */
export function blocksOf(page: string, language: 'ts' | 'sql'): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, '../../../docs', page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block)
}

/** The files of a folder of `src`. */
export function sourcesOf(folder: string): readonly string[] {
  return globSync('*.ts', { cwd: join(sources, folder) }).map((file) =>
    readFileSync(join(sources, folder, file), 'utf8'),
  )
}
