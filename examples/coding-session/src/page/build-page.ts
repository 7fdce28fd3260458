import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '@steadywire/core'
import { UsageError } from '../options.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const cache = join(root, 'node_modules', '.cache', 'coding-session-page')
const web = join(root, 'examples', 'coding-session', 'web')

/** What the page is made of. A build is good for as long as nothing of it changes. */
const parts = [
  'package-lock.json',
  'examples/coding-session/src/session.ts',
  'examples/coding-session/src/page/protocol.ts',
  'examples/coding-session/web/**/*',
  'packages/{core,react}/src/**/*',
  'adapters/{sse,socketio,supabase}/src/**/*',
]

/** Builds the page, unless that was done; answers the folder of its files. */
export async function builtPage(): Promise<string> {
  const name = fingerprint()
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  console.log('Building the page with Vite (once, and again when its sources change; some seconds) …')
  const started = performance.now()
  const scratch = `${folder}.${process.pid}`
  try {
    const { build } = await import('vite')
    await build({ root: web, logLevel: 'error', build: { outDir: scratch, emptyOutDir: true } })
  } catch (thrown) {
    rmSync(scratch, { recursive: true, force: true })
    throw new UsageError(`The page could not be built: ${messageOf(thrown)}\nWithout a page: npm start -- --headless`)
  }
  publish(scratch, folder)
  console.log(`  built in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return folder
}

/** Other processes may build the same at the same time: a folder appears as a whole, and the first one stays. */
function publish(scratch: string, folder: string): void {
  mkdirSync(cache, { recursive: true })
  if (existsSync(folder)) rmSync(scratch, { recursive: true })
  else renameSync(scratch, folder)
  for (const old of readdirSync(cache))
    if (/^[\w-]{16}$/.test(old) && join(cache, old) !== folder)
      rmSync(join(cache, old), { recursive: true, force: true })
}

function fingerprint(): string {
  const hash = createHash('sha256')
  const files = parts.flatMap((part) => globSync(part, { cwd: root, withFileTypes: true }))
  for (const path of files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort())
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0')
  return hash.digest('base64url').slice(0, 16)
}
