// A live coding session: `npm start`, or `npm start -- --transport sse --events 20000 --cut 10 --headless`.
import { runInMemory } from './in-memory.ts'
import { type Options, parseOptions, UsageError } from './options.ts'
import { runOverNetwork } from './over-network.ts'

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let options: Options
  try {
    options = parseOptions(args, Math.floor(Math.random() * 1_000_000))
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown
    console.error(thrown.message)
    return 2
  }
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())
  process.once('disconnect', () => stopped.abort())
  process.channel?.unref()
  console.log(`A coding session over ${options.transport}${options.cut > 0 ? `, cuts by --seed ${options.seed}` : ''}`)
  const run = { memory: runInMemory, sse: runOverNetwork }[options.transport]
  return run(options, stopped.signal)
}
