import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPrograms, type Programs } from './programs.ts'

export interface PostgresServerOptions {
  /** Default: those of the npm package. */
  readonly programs?: Programs
  /** Settings of postgresql.conf, such as `{ max_connections: '5' }`. */
  readonly config?: Readonly<Record<string, string>>
  /** What its users have to say who they are with. Default: nothing. */
  readonly password?: string
}

/** A PostgreSQL server of its own, in a temporary folder, on a free port of 127.0.0.1. Its one user is `postgres`. */
export interface PostgresServer {
  readonly port: number
  /** The address of its database `postgres`, with the password. */
  readonly url: string
  /** What it has printed. */
  readonly output: string
  /** `kill -9` of all its processes; resolves when they are gone. Its files stay. */
  kill(): Promise<void>
  /** Starts it again after {@link kill}: the same port, the same files. Resolves when it takes commands. */
  start(): Promise<void>
  /** SIGSTOP to all its processes: it keeps its connections, and answers nothing. */
  pause(): void
  resume(): void
  /** Copies its files as they are now, while it is killed. */
  backUp(): void
  /** Puts the files of the last backup in the place of what is there now, while it is killed. */
  restore(): void
  /** From the next start on it only follows another server (which is not there), while it is killed. `select pg_promote()` ends that. */
  follow(): void
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

/**
 * Starts a server. What was not closed is ended and removed when this process is gone, however it went. Ctrl-C does not reach
 * it: who started it decides when it ends.
 */
export async function startPostgres({
  programs = findPrograms(),
  config = {},
  password,
}: PostgresServerOptions = {}): Promise<PostgresServer> {
  const { bin, account } = programs
  const folder = mkdtempSync(join(tmpdir(), 'steadywire-postgres-'))
  if (account) chownSync(folder, account.uid, account.gid)
  const data = join(folder, 'data')
  const backup = join(folder, 'backup')
  const secret = join(folder, 'password')
  if (password !== undefined) writeFileSync(secret, password)
  const port = await freePort()
  const initdb = [
    '--pgdata',
    data,
    '--username=postgres',
    ...(password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', '--pwfile', secret]),
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ]
  execFileSync(join(bin, 'initdb'), initdb, { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let running: ChildProcess | undefined
  let guard: ChildProcess | undefined
  let output = ''

  const start = async (): Promise<void> => {
    rmSync(join(data, 'postmaster.pid'), { force: true })
    const settings = {
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      wal_level: 'logical',
      ...config,
    }
    const child = spawn(
      join(bin, 'postgres'),
      ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...account, cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    running = child
    if (child.pid !== undefined) guard = guardOf(child.pid, folder)
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output = (output + chunk).slice(-20_000)
        if (/ready to accept (read-only )?connections/.test(output)) resolve()
      }
      output = ''
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`PostgreSQL ended:\n${output}`)))
    })
  }

  const kill = async (): Promise<void> => {
    const child = running
    running = undefined
    // The number may soon be another process's.
    guard?.kill('SIGKILL')
    guard = undefined
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    signalAll(child.pid, 'SIGKILL')
    await gone
  }

  await start()
  return {
    port,
    url: `postgres://postgres${password === undefined ? '' : `:${encodeURIComponent(password)}`}@127.0.0.1:${port}/postgres`,
    get output() {
      return output
    },
    kill,
    start,
    pause: () => running?.pid !== undefined && signalAll(running.pid, 'SIGSTOP'),
    resume: () => running?.pid !== undefined && signalAll(running.pid, 'SIGCONT'),
    backUp() {
      rmSync(backup, { recursive: true, force: true })
      // With their owner.
      execFileSync('cp', ['-a', data, backup])
    },
    restore() {
      if (!existsSync(backup)) throw new Error('There is no backup: call backUp() first')
      rmSync(data, { recursive: true })
      execFileSync('cp', ['-a', backup, data])
    },
    follow() {
      writeFileSync(join(data, 'standby.signal'), '')
    },
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Its backends are in sessions of their own, and would go on for a while. */
function signalAll(pid: number, signal: NodeJS.Signals): void {
  for (const child of childrenOf(pid)) send(child, signal)
  send(pid, signal)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number)
      .filter(Boolean)
  } catch {
    return []
  }
}

/** Waits for the end of this process, which no handler of its own would hear of after `kill -9`: then it clears up. */
function guardOf(pid: number, folder: string): ChildProcess {
  const clearUp = 'read _; kill -9 "$0"; sleep 1; rm -rf "$1"'
  const guard = spawn('sh', ['-c', clearUp, String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  return guard
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
