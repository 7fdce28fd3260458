import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installByApt } from './apt.ts'

const places = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin']

/** Where nginx or HAProxy is, if it is installed. */
export function findBalancer(name: 'nginx' | 'haproxy'): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...places]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** Answers whether both are there. Where Debian's may be installed, they are. */
export function ensureBalancers(): boolean {
  const missing = (['nginx', 'haproxy'] as const).filter((name) => {
    const found = findBalancer(name) ?? (installByApt(name) ? findBalancer(name) : undefined)
    if (found !== undefined) console.log(`  ${found}`)
    return found === undefined
  })
  for (const name of missing)
    console.error(`The test of examples/scale-out needs ${name}. Install it (Debian: apt-get install ${name}).`)
  return missing.length === 0
}
