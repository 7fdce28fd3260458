import { parseArgs } from 'node:util'
import { createEmitter, createSubscriber } from '@steadywire/core'
import { type SimulateOptions, simulateDelivery, simulateEmission } from '../conformance/src/simulation/index.ts'

const usage = 'npm run simulate -- [delivery|emission] [--runs N] [--seed S [--path P]]'
const parts = {
  delivery: (options: SimulateOptions) => simulateDelivery({ createSubscriber }, options),
  emission: (options: SimulateOptions) => simulateEmission({ createEmitter }, options),
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string' }, path: { type: 'string' } },
  })
  const chosen = positionals.length > 0 ? positionals : Object.keys(parts)
  for (const part of chosen) {
    if (!(part in parts)) throw new TypeError(`There is no simulation of ${part}.`)
    const seed = values.seed === undefined ? Date.now() % 0x7fffffff : Number(values.seed)
    const runs = values.path === undefined ? Number(values.runs) : 1
    if (!Number.isInteger(seed) || !Number.isInteger(runs)) throw new TypeError('--runs and --seed are whole numbers.')
    console.log(`Simulating ${part}: ${runs} schedules, seed ${seed} …`)
    await parts[part as keyof typeof parts]({ runs, seed, ...(values.path !== undefined && { path: values.path }) })
    console.log('Nothing lost, repeated or out of order.')
  }
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n${usage}` : (error as Error).message)
  process.exitCode = error instanceof TypeError ? 2 : 1
}
