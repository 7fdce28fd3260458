import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRedis, howToGetRedis } from './find.ts'

export interface RedisServerOptions {
  /** `none` (default): a restart has lost everything. Else `appendfsync` of an append-only file. */
  readonly persistence?: 'none' | 'everysec' | 'always'
  /** In cluster mode: alone, and without slots. */
  readonly cluster?: boolean
  /** More lines of redis.conf, such as `{ maxmemory: '10mb' }`. */
  readonly config?: Readonly<Record<string, string>>
}

/** A Redis server of its own, in a temporary folder, on a free port of 127.0.0.1. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Where its files are. */
  readonly folder: string
  /** What it has printed. */
  readonly output: string
  /** `kill -9`; resolves when the process is gone. Its files stay. */
  kill(): Promise<void>
  /** Starts it again after {@link kill}: the same port, the same folder. Resolves when it takes commands. */
  start(): Promise<void>
  /** SIGSTOP: it keeps its connections, and answers nothing. */
  pause(): void
  resume(): void
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

/**
 * Starts a server. What was not closed is ended and removed when this process is gone, however it went. Ctrl-C does not reach
 * it: who started it decides when it ends.
 *
 * @example
 * const server = await startRedis({ persistence: 'always' })
 * const log = redisLog({ redis: server.url })
 */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = findRedis()
  if (program === undefined) throw new Error(howToGetRedis('Starting one'))
  const folder = join(tmpdir(), `steadywire-redis-${randomUUID()}`)
  const guard = guardOf(folder)
  mkdirSync(folder)
  const port = await freePort()
  const busPort = options.cluster ? await freePort() : undefined
  let running: ChildProcess | undefined
  let output = ''

  const start = async (): Promise<void> => {
    // It waits for its word to begin: the guard has to know of it first.
    const child = spawn(
      'sh',
      ['-c', 'read _ && exec "$0" "$@"', program, ...argumentsOf(options, folder, port, busPort)],
      {
        detached: true,
      },
    )
    running = child
    guard.tell(child.pid)
    child.stdin.on('error', () => {})
    child.stdin.end('\n')
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output = (output + chunk).slice(-20_000)
        if (output.includes('Ready to accept connections')) resolve()
      }
      output = ''
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`${program} ended:\n${output}`)))
    })
  }

  const kill = async (): Promise<void> => {
    const child = running
    running = undefined
    // The number may soon be another process's.
    guard.tell(undefined)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    get output() {
      return output
    },
    kill,
    start,
    pause: () => void running?.kill('SIGSTOP'),
    resume: () => void running?.kill('SIGCONT'),
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
      guard.end()
    },
  }
}

/**
 * Waits for the end of this process, which no handler of its own would hear of after `kill -9`: then it ends the process that
 * it was told last, and removes the folder. It is there before them.
 */
function guardOf(folder: string) {
  const clearUp =
    'while read line; do pid=$line; done; [ -z "$pid" ] || kill -9 "$pid"; rm -rf "$0" || { sleep 1; rm -rf "$0"; }'
  const guard = spawn('sh', ['-c', clearUp, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  guard.stdin.on('error', () => {})
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  return {
    tell: (pid: number | undefined) => void guard.stdin.write(`${pid ?? ''}\n`),
    end: () => void guard.kill('SIGKILL'),
  }
}

function argumentsOf(
  { persistence = 'none', config = {} }: RedisServerOptions,
  folder: string,
  port: number,
  busPort: number | undefined,
): string[] {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: persistence === 'none' ? 'no' : 'yes',
    ...(persistence !== 'none' && { appendfsync: persistence }),
    'repl-diskless-sync-delay': '0',
    ...(busPort !== undefined && { 'cluster-enabled': 'yes', 'cluster-port': String(busPort) }),
    ...config,
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
