import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createEmitter, createSubscriber } from '@steadywire/core'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PlantedBug, plantedBugs } from '../src/simulation/planted-bugs.ts'
import { SimulationFailure, simulateDelivery, simulateEmission } from '../src/simulation/simulate.ts'

const core = fileURLToPath(new URL('../../packages/core/src/', import.meta.url))

describe('the simulation', () => {
  it('[D1][D2][D3][D4][D5][C6][C8] finds nothing wrong with the core in 10,000 schedules', {
    timeout: 120_000,
  }, async () => {
    await simulateDelivery({ createSubscriber }, { runs: 10_000 })
  })

  it('[E1][E2][E3] finds nothing wrong with the emitter in 10,000 schedules', { timeout: 120_000 }, async () => {
    await simulateEmission({ createEmitter }, { runs: 10_000 })
  })
})

describe('the simulation finds', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steadywire-planted-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.for(plantedBugs.map((bug, index) => [bug.name, bug, index] as const))(
    'a planted bug: %s',
    { timeout: 120_000 },
    async ([, bug, index]) => {
      const subject = await plant(bug, join(folder, `${index}.mjs`))
      const simulate = bug.in === 'emission' ? simulateEmission : simulateDelivery
      const failure = await simulate(subject, { runs: 20_000, seed: 1 }).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(failure).toBeInstanceOf(SimulationFailure)
      expect(String(failure)).toContain(`replay: npm run simulate -- ${bug.in ?? 'delivery'} --seed 1 --path`)
    },
  )
})

/** Builds the core with one mistake in it. */
async function plant({ file, find, replace }: PlantedBug, outfile: string): Promise<typeof import('@steadywire/core')> {
  const path = join(core, file)
  const source = readFileSync(path, 'utf8')
  const words = find.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const place = new RegExp(words.join('\\s+'), 'g')
  expect(source.match(place), `${file} holds the text once`).toHaveLength(1)
  await build({
    entryPoints: [join(core, 'index.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    conditions: ['@steadywire/source'],
    plugins: [
      {
        name: 'plant',
        setup(bundle) {
          bundle.onLoad({ filter: new RegExp(`/${file.replace('.', '\\.')}$`) }, () => ({
            contents: source.replace(place, () => replace),
            loader: 'ts',
          }))
        },
      },
    ],
  })
  return import(pathToFileURL(outfile).href)
}
