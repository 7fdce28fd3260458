// A live coding session: `npm start`, or `npm start -- --transport sse --events 20000 --cut 10 --headless`.
import { findOrInstallRedis, howToGetRedis } from '@steadywire/redis-server'
import { runInMemory } from './in-memory.ts'
import { type Options, parseOptions, UsageError, usage } from './options.ts'
import { runOverNetwork } from './over-network.ts'
import { runWithPage } from './page/run-with-page.ts'
import { forPlace, isAttended } from './place.ts'

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage)
    return 0
  }
  try {
    return await session(forPlace(parseOptions(args, Math.floor(Math.random() * 1_000_000)), isAttended()))
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown
    console.error(thrown.message)
    return 2
  }
}

async function session(options: Options): Promise<number> {
  if (options.log === 'redis' && findOrInstallRedis() === undefined) throw new UsageError(howToGetRedis('--log redis'))
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())
  process.once('disconnect', () => stopped.abort())
  // Whoever started this may be gone already.
  if (process.connected === false) stopped.abort()
  process.channel?.unref()
  const breaks = options.cut + options.kill > 0 ? `, broken by --seed ${options.seed}` : ''
  console.log(`A coding session over ${options.transport}${breaks} (--help: what else it can do, Ctrl-C: end it)`)
  if (options.page) return runWithPage(options, stopped.signal)
  return options.transport === 'memory' ? runInMemory(options, stopped.signal) : runOverNetwork(options, stopped.signal)
}
