// `npm run test:node -- 22`: all tests on another Node than the pinned one. Packages promise 22 or newer.
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { root } from './root.ts'

const [version = '22', ...args] = process.argv.slice(2)
if (/^\d+(\.\d+){0,2}$/.test(version)) process.exitCode = testOn(version)
else {
  console.error(`${version} is not a version of Node: npm run test:node -- 22 [PATTERN]`)
  process.exitCode = 2
}

function testOn(wanted: string): number {
  // Outside the repository, or npm would answer with the Node that is pinned here.
  const found = spawnSync(
    'npm',
    ['exec', '--yes', `--package=node@${wanted}`, '--', 'node', '-p', 'process.execPath'],
    {
      cwd: tmpdir(),
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: process.env.HOME, USERPROFILE: process.env.USERPROFILE },
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const node = found.stdout?.trim()
  if (found.status !== 0 || !node) {
    console.error(`npm could not get node@${wanted}, see above. Is the registry within reach (npm ping)?`)
    return 1
  }
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }
  console.log(`${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()} from ${node}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  return spawnSync(node, [vitest, 'run', ...args], { cwd: root, env, stdio: 'inherit' }).status ?? 1
}
