// The first stage of every command: `node tools/setup.mjs FILE …` installs what package-lock.json asks for, then runs
// FILE on the pinned Node. It runs on whatever Node the machine has, so it uses no dependency and no new syntax.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.steadywire-setup')
const windows = process.platform === 'win32'
const pinnedNode = join(modules, 'node', 'bin', windows ? 'node.exe' : 'node')

if (!isInstalled()) await install()
const [file, ...args] = process.argv.slice(2)
process.exitCode = await run(pinnedNode, ['--conditions=@steadywire/source', join(root, file), ...args], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: { ...process.env, PATH: join(modules, '.bin') + delimiter + process.env.PATH },
})

/** What is installed is told by the lock file that it was installed from. */
function fingerprint() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return createHash('sha256').update(lock).update(process.platform).update(process.arch).digest('hex')
}

function isInstalled() {
  return existsSync(stamp) && existsSync(pinnedNode) && readFileSync(stamp, 'utf8') === fingerprint()
}

async function install() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const wanted = Object.keys(packages).filter(
    (path) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !packages[path].optional,
  ).length
  console.error('Steadywire: installing its packages and Node 24 into node_modules (once, about a minute) …')
  const started = Date.now()
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000)
    console.error(`  ${seconds} s: ${Math.min(countPackages(), wanted)} of ${wanted} packages`)
  }, 5000)
  const npm = process.env.npm_execpath
  const flags = ['install', '--loglevel=error', '--no-audit', '--no-fund', '--no-progress']
  const code = /\.c?js$/.test(npm || '')
    ? await run(process.execPath, [npm, ...flags], { stdio: 'inherit' })
    : await run('npm', flags, { stdio: 'inherit', shell: windows })
  clearInterval(progress)
  if (code !== 0 || !existsSync(pinnedNode)) {
    console.error(
      code === 0
        ? `Steadywire: npm did not put Node 24 at ${pinnedNode}. Are install scripts switched off (npm config get ignore-scripts)?`
        : 'Steadywire: npm install failed, see above. Is the registry within reach (npm ping)? Then run the command again.',
    )
    process.exit(code || 1)
  }
  writeFileSync(stamp, fingerprint())
}

function countPackages() {
  if (!existsSync(modules)) return 0
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'))
  return names.reduce((sum, name) => sum + (name.startsWith('@') ? readdirSync(join(modules, name)).length : 1), 0)
}

/** Runs a command to its end, passes signals on to it, and answers its exit code. */
function run(command, commandArgs, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArgs, { cwd: root, ...options })
    const pass = (signal) => child.kill(signal)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, pass)
      resolve(signal ? 128 + (constants.signals[signal] || 0) : code)
    })
  })
}
