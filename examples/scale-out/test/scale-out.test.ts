import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '@steadywire/redis-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBalancer } from '../../../tools/balancers.ts'
import { freePort, type Program, start, startExample } from './processes.ts'

const folder = mkdtempSync(join(tmpdir(), 'steadywire-scale-out-'))
const servers: Program[] = []
const ports: number[] = []
let redis: Awaited<ReturnType<typeof startRedis>>

async function startServer(index: number): Promise<void> {
  const server = startExample('server', { REDIS_URL: redis.url, PORT: String(ports[index]) })
  servers[index] = server
  await server.printed(1)
}

beforeAll(async () => {
  redis = await startRedis()
  for (let index = 0; index < 3; index++) ports.push(await freePort())
  await Promise.all([0, 1, 2].map(startServer))
}, 30_000)

afterAll(async () => {
  for (const { child } of servers) child.kill('SIGKILL')
  await redis.close()
  rmSync(folder, { recursive: true })
})

/** The configuration as it stands there, on free ports. */
async function configure(file: string): Promise<{ readonly path: string; readonly port: number }> {
  const port = await freePort()
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)
    .replaceAll(/127\.0\.0\.1:300([123])/g, (_, digit: string) => `127.0.0.1:${ports[Number(digit) - 1]}`)
  const path = join(folder, file.replace('/', '-'))
  writeFileSync(path, text)
  return { path, port }
}

function startBalancer(file: string, path: string): Program {
  const name = file.startsWith('nginx') ? 'nginx' : 'haproxy'
  const program = findBalancer(name)
  if (program === undefined) throw new Error(`Install ${name} (Debian: apt-get install ${name})`)
  const args = name === 'nginx' ? ['-c', path, '-p', folder, '-e', 'stderr'] : ['-db', '-q', '-f', path]
  return start(program, args)
}

/** So many lines of the app; a balancer that ends is no reason to wait. */
async function shown(app: Program, count: number, balancer: Program): Promise<void> {
  const ended = balancer.ended.then((code) => {
    throw new Error(`The balancer ended with code ${code}`)
  })
  await Promise.race([app.printed(count), ended])
}

const expected = [
  ...Array.from({ length: 100 }, (_, index) => `${index + 1} progress ${index + 1}`),
  '101 done all done',
]

describe('three servers over one Redis', { timeout: 60_000 }, () => {
  it.each(['nginx/round-robin.conf', 'nginx/sticky.conf', 'haproxy/round-robin.cfg', 'haproxy/sticky.cfg'])(
    '[D1][D2][D3] behind %s, one of them killed in mid-stream',
    async (file) => {
      const { path, port } = await configure(file)
      const balancer = startBalancer(file, path)
      const jobId = file.replace('/', '-')
      const app = startExample('app', { URL: `http://127.0.0.1:${port}` }, jobId)
      const worker = startExample('worker', { REDIS_URL: redis.url }, jobId)
      await shown(app, 20, balancer)
      servers[0]?.child.kill('SIGKILL')
      await servers[0]?.ended
      await startServer(0)
      expect(await worker.ended).toBe(0)
      expect(await app.ended).toBe(0)
      expect(app.lines).toEqual(expected)
      balancer.child.kill('SIGTERM')
      await balancer.ended
    },
  )

  it('a server that is asked to go says so to its clients, and ends', async () => {
    const { path, port } = await configure('nginx/round-robin.conf')
    const balancer = startBalancer('nginx', path)
    const app = startExample('app', { URL: `http://127.0.0.1:${port}` }, 'drained')
    const worker = startExample('worker', { REDIS_URL: redis.url }, 'drained')
    await shown(app, 20, balancer)
    servers[1]?.child.kill('SIGTERM')
    expect(await servers[1]?.ended).toBe(0)
    await startServer(1)
    expect(await worker.ended).toBe(0)
    expect(await app.ended).toBe(0)
    expect(app.lines).toEqual(expected)
    balancer.child.kill('SIGTERM')
    await balancer.ended
  })
})
