import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

export interface StaticFile {
  readonly type: string
  readonly body: Buffer
  /** Its name has a hash of its content: it never changes. */
  readonly forever: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
}

/** All files of a folder by their path in a URL: what is not among them can't be asked for. */
export function readFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      const url = `/${relative(folder, path).split(sep).join('/')}`
      const type = types[extname(name)] ?? 'application/octet-stream'
      return [
        url === '/index.html' ? '/' : url,
        { type, body: readFileSync(path), forever: url.startsWith('/assets/') },
      ]
    }),
  )
}
