import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Binaries, findBinaries } from './binaries.ts'

/** A PostgreSQL server of its own, in a temporary folder, on a free port of 127.0.0.1. */
export interface Postgres {
  readonly url: string
  /** `kill -9`; resolves when the process is gone. Its files stay. */
  kill(): Promise<void>
  /** Starts it again after {@link kill}: the same address, the same data. Resolves when it takes connections. */
  start(): Promise<void>
  /** Ends it and removes its files. */
  close(): Promise<void>
}

const settings = {
  wal_level: 'logical',
  timezone: 'UTC',
  unix_socket_directories: '',
  listen_addresses: '127.0.0.1',
  max_connections: '200',
  max_wal_senders: '50',
  max_replication_slots: '50',
  shared_buffers: '32MB',
}

/** Starts a server. What was not closed is ended and removed when this process is gone, however it went. */
export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'steadywire-supabase-'))
  const guard = guardOf(folder)
  const clear = () => {
    guard.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const owner = ownerOf(folder)
    const binaries = findBinaries(folder, owner.uid !== undefined)
    const password = randomBytes(12).toString('hex')
    await initialise(binaries, folder, password, owner)
    const port = await freePort()
    let running: ChildProcess | undefined
    const start = async () => {
      running = await run(binaries, folder, port, owner)
    }
    await start()
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      kill: () => end(running, 'SIGKILL'),
      start,
      async close() {
        // Immediate: the data is thrown away.
        await end(running, 'SIGQUIT')
        clear()
      },
    }
  } catch (error) {
    clear()
    throw error
  }
}

interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/** PostgreSQL refuses to run as root: then it runs as a user that every system has. */
function ownerOf(folder: string): Owner {
  if (process.getuid?.() !== 0) return {}
  const number = (flag: string, name: string) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout)
  const name = ['postgres', 'nobody'].find((user) => number('-u', user) > 0)
  if (name === undefined)
    throw new Error('PostgreSQL does not run as root, and there is no user `postgres` or `nobody`.')
  const owner = { uid: number('-u', name), gid: number('-g', name) }
  chmodSync(folder, 0o755)
  chownSync(folder, owner.uid, owner.gid)
  return owner
}

async function initialise({ initdb, env }: Binaries, folder: string, password: string, owner: Owner): Promise<void> {
  const secret = join(folder, 'password')
  writeFileSync(secret, password, { mode: 0o600 })
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(secret, owner.uid, owner.gid)
  const flags = [
    `--pgdata=${join(folder, 'data')}`,
    '--username=postgres',
    `--pwfile=${secret}`,
    '--auth=password',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ]
  const child = spawn(initdb, flags, { ...owner, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  rmSync(secret, { force: true })
  if (code !== 0) throw new Error(`PostgreSQL's initdb failed (${code}):\n${output}`)
}

async function run(binaries: Binaries, folder: string, port: number, owner: Owner): Promise<ChildProcess> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(binaries.postgres, ['-D', join(folder, 'data'), '-p', String(port), ...flags], {
    ...owner,
    // Ctrl-C does not reach it: who started it decides when it ends.
    detached: true,
    env: { ...process.env, ...binaries.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    await ready(child)
  } catch (error) {
    // What is left of a killed server goes by itself, a moment later.
    if (error instanceof Error && error.message.includes('shared memory')) return run(binaries, folder, port, owner)
    throw error
  }
  child.unref()
  if (child.stderr instanceof Socket) child.stderr.unref()
  return child
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.ref()
  child.kill(signal)
  await gone
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk).slice(-20_000)
      if (output.includes('ready to accept connections')) resolve()
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`PostgreSQL ended (${code}):\n${output}`)))
  })
}

/** Waits for the end of this process, which no handler of its own would hear of after `kill -9`: then it clears up. */
function guardOf(folder: string): ChildProcess {
  const guard = spawn('sh', ['-c', clearUp, 'guard', folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  // Without a shell, as on Windows, nobody guards.
  guard.on('error', () => {})
  guard.unref()
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  return guard
}

const clearUp = `
  read _
  pid=$(head -n 1 "$1/data/postmaster.pid") && kill -QUIT "$pid"
  while [ "$pid" ] && kill -0 "$pid"; do sleep 0.1; done
  rm -rf "$1"`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
