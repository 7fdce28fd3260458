import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Binaries, binariesIn, findBinaries } from './binaries.ts'
import { signalAll } from './signal.ts'

export interface PostgresOptions {
  /** The folder of another `initdb` and `postgres`, 15 or newer. Default: those that npm brought. */
  readonly programs?: string
  /** More settings of postgresql.conf, such as `{ max_connections: '5' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** What who connects has to say. Default: a random one, which `url` has; `false`: nothing. */
  readonly password?: string | false
}

/** A PostgreSQL server of its own, in a temporary folder, on a free port of 127.0.0.1. Its one user is `postgres`. */
export interface Postgres {
  readonly url: string
  /** The folder of its data. */
  readonly data: string
  /** `kill -9` of all its processes; resolves when it is gone. Its files stay. */
  kill(): Promise<void>
  /** Starts it again after {@link kill}: the same address, the same data. Resolves when it takes connections. */
  start(): Promise<void>
  /** Stops all its processes: it keeps its connections, and answers nothing. Not on Windows. */
  pause(): void
  resume(): void
  /** Ends it and removes its files. */
  close(): Promise<void>
}

const defaultSettings = {
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
export async function startPostgres({
  programs,
  settings,
  password = randomBytes(12).toString('hex'),
}: PostgresOptions = {}): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'steadywire-postgres-'))
  const guard = guardOf(folder)
  const clear = () => {
    guard.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const owner = ownerOf(folder)
    const binaries = programs === undefined ? findBinaries(folder, owner.uid !== undefined) : binariesIn(programs)
    await initialise(binaries, folder, password, owner)
    const port = await freePort()
    const own = { ...defaultSettings, ...settings, port: String(port) }
    let running: ChildProcess | undefined
    const start = async () => {
      running = await run(binaries, folder, own, owner)
    }
    await start()
    const secret = password === false ? '' : `:${encodeURIComponent(password)}`
    return {
      url: `postgres://postgres${secret}@127.0.0.1:${port}/postgres`,
      data: join(folder, 'data'),
      kill: () => end(running, (child) => signalAll(child, 'SIGKILL')),
      start,
      pause: () => running && signalAll(running, 'SIGSTOP'),
      resume: () => running && signalAll(running, 'SIGCONT'),
      async close() {
        await end(running, (child) => {
          // Whoever was paused would not hear it.
          signalAll(child, 'SIGCONT')
          // Immediate: the data is thrown away.
          child.kill('SIGQUIT')
        })
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

async function initialise(binaries: Binaries, folder: string, password: string | false, owner: Owner): Promise<void> {
  const secret = join(folder, 'password')
  if (password !== false) {
    writeFileSync(secret, password, { mode: 0o600 })
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(secret, owner.uid, owner.gid)
  }
  const flags = [
    `--pgdata=${join(folder, 'data')}`,
    '--username=postgres',
    ...(password === false ? ['--auth=trust'] : ['--auth=password', `--pwfile=${secret}`]),
    '--encoding=UTF8',
    '--locale=C',
    ...binaries.locale,
    '--no-sync',
    '--no-instructions',
  ]
  const child = spawn(binaries.initdb, flags, {
    ...owner,
    cwd: folder,
    env: { ...process.env, ...binaries.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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

async function run(
  binaries: Binaries,
  folder: string,
  settings: Readonly<Record<string, string>>,
  owner: Owner,
): Promise<ChildProcess> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(binaries.postgres, ['-D', join(folder, 'data'), ...flags], {
    ...owner,
    cwd: folder,
    // Ctrl-C does not reach it: who started it decides when it ends.
    detached: true,
    env: { ...process.env, ...binaries.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    await ready(child)
  } catch (error) {
    // What is left of a killed server goes by itself, a moment later.
    if (error instanceof Error && error.message.includes('shared memory')) return run(binaries, folder, settings, owner)
    throw error
  }
  child.unref()
  if (child.stderr instanceof Socket) child.stderr.unref()
  return child
}

async function end(child: ChildProcess | undefined, kill: (child: ChildProcess) => void): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.ref()
  kill(child)
  await gone
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk).slice(-20_000)
      if (/ready to accept (read-only )?connections/.test(output)) resolve()
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
  pid=$(head -n 1 "$1/data/postmaster.pid") && kill -QUIT "$pid" && kill -CONT "$pid"
  while [ "$pid" ] && kill -0 "$pid"; do sleep 0.1; done
  rm -rf "$1"`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
