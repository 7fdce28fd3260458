import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesOf } from './adapter-files.ts'

/** Writes a new adapter into the repository at `root`. Throws, and writes nothing, if the name is bad or taken. */
export function createAdapter(root: string, name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 40)
    throw new Error(
      `${JSON.stringify(name)} can't be an adapter's name: use npm run new:adapter NAME, such as websocket`,
    )
  const folder = join(root, 'adapters', name)
  if (existsSync(folder)) throw new Error(`adapters/${name} is already there: choose another name, or remove it first`)
  const { version } = JSON.parse(readFileSync(join(root, 'packages', 'core', 'package.json'), 'utf8'))
  for (const [path, text] of Object.entries(filesOf(name, String(version)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
}

export function nextSteps(name: string): string {
  return [
    `Made adapters/${name}. Then:`,
    '  npm install                       links it into the workspace',
    `${`  npm test -- adapters/${name}`.padEnd(36)}runs the conformance suite: red, until connect() connects`,
    'The contract is packages/core/src/transport.ts; a small adapter to read is adapters/memory.',
  ].join('\n')
}
