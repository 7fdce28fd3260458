import { parseArguments } from './arguments.ts'
import { goals } from './goals.ts'
import { measures } from './measures.ts'
import { forked } from './process.ts'
import { mergeResults, results } from './results.ts'
import type { Measured } from './rounds.ts'
import { table } from './table.ts'

const mostSeconds = 400
const known = goals.map(({ key }) => key)

try {
  process.exitCode = await run(parseArguments(process.argv.slice(2), known))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

/** One measure after the other. What breaks is told, and the others go on. */
async function run({ keys, quick }: ReturnType<typeof parseArguments>): Promise<number> {
  const found: Record<string, Measured> = {}
  let broken = 0
  for (const { name, keys: own } of measures) {
    if (!own.some((key) => keys.includes(key))) continue
    console.error(`${own.join(', ')} …`)
    try {
      const answer = results.parse(await measure(name, quick))
      for (const key of own) if (keys.includes(key) && answer[key]) found[key] = answer[key]
    } catch (error) {
      broken++
      console.error(`  ${name} broke: ${error instanceof Error ? error.message : error}`)
    }
  }
  mergeResults(found, known)
  console.log(table(goals, found))
  return broken === 0 ? 0 : 1
}

function measure(name: string, quick: boolean): Promise<unknown> {
  const child = forked('isolated.ts', [name, ...(quick ? ['quick'] : [])])
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill()
      reject(new Error(`not done after ${mostSeconds} s`))
    }, mostSeconds * 1000)
    child.once('message', resolve)
    child.once('error', reject)
    child.once('exit', (code) => {
      clearTimeout(late)
      reject(new Error(`ended with code ${code}`))
    })
  })
}
