import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Installs packages of Debian, where this may be done. Answers whether it did. */
export function installByApt(...names: readonly string[]): boolean {
  if (!mayInstall()) return false
  console.log(`  Installing the ${names.join(', ')} of Debian by apt-get (once, at most a minute) …`)
  const started = performance.now()
  const ok = aptGet('update') && aptGet('install', '--yes', '--no-install-recommends', ...names)
  if (ok) console.log(`  Installed in ${Math.round((performance.now() - started) / 1000)} s`)
  return ok
}

function mayInstall(): boolean {
  const release = '/etc/os-release'
  return process.getuid?.() === 0 && existsSync(release) && /^ID=debian$/m.test(readFileSync(release, 'utf8'))
}

function aptGet(...args: readonly string[]): boolean {
  const options = ['-qq', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=120']
  const { status } = spawnSync('apt-get', [...options, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // A server that is only wanted by tests must not be started as a service.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  })
  return status === 0
}
