// Thousands of clients over three servers and one Redis, while all of it is broken at random:
// `npm run chaos -- --minutes 5 --clients 5000`.
import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '@steadywire/core/testing'
import { startHelper } from '../helper.ts'
import { endWithParent } from '../process.ts'
import { breakThings } from './faults.ts'
import { type ChaosOptions, parseChaosOptions } from './options.ts'
import { createReport } from './report.ts'
import { setStage } from './stage.ts'

endWithParent()
// What was started ends with this process, however it went.
process.exit(await main(process.argv.slice(2)))

async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(parseChaosOptions(args))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 2
  }
}

async function run({ minutes, clients, rate, seed }: ChaosOptions): Promise<number> {
  const topics = Math.max(1, Math.round(clients / 10))
  console.log(`${clients} clients, ${topics} topics, ${rate} events/s, ${minutes} min: --seed ${seed}`)
  const stage = await setStage()
  const crowds = [startHelper('chaos/crowd.ts'), startHelper('chaos/crowd.ts')]
  const emitter = startHelper('chaos/emitter.ts')
  const half = Math.ceil(clients / 2)
  await Promise.all(
    crowds.map((crowd, index) =>
      crowd.ask('open', stage.port, index * half, index === 0 ? half : clients - half, topics),
    ),
  )
  console.log('All clients are online; now things break.')
  await emitter.ask('start', stage.redisPort, topics, rate)
  if (crowds[0]) stage.fillFrom(crowds[0])

  const calm = new AbortController()
  const breaking = breakThings(stage, seededRandom(seed), calm.signal)
  const report = createReport(crowds, emitter, stage)
  const until = performance.now() + minutes * 60_000
  for (let left = minutes; left > 0; left = (until - performance.now()) / 60_000) {
    await wait(Math.min(60_000, left * 60_000))
    await report.minute()
  }
  calm.abort()
  const done = await breaking
  console.log(
    `Broken: ${[...done].map(([name, times]) => `${name} ${times}×`).join(', ')}. Now everything is whole again.`,
  )
  const finals = await emitter.ask('stop')
  const missing = await Promise.all(crowds.map((crowd) => crowd.askOne('missing', 90_000, ...finals)))
  const clean = await report.verdict(missing.reduce((sum, count) => sum + count, 0))
  await Promise.all(crowds.map((crowd) => crowd.ask('leave')))
  await Promise.all([...crowds, emitter].map((helper) => helper.end()))
  await stage.close()
  return clean ? 0 : 1
}
