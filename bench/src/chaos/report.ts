import type { Helper } from '../helper.ts'
import { percentile } from '../statistics.ts'
import { gapReasons } from './scene.ts'
import type { Stage } from './stage.ts'

const columns = ['online', 'delivered', 'repeated', 'out of order', 'lost', 'errors', ...gapReasons] as const
const mebibyte = 1024 * 1024
/** What memory may vary by without growing, beyond the half: caches, and what is under way. */
const leewayMiB = 25

type Column = (typeof columns)[number]

/** What is told every minute, and in the end. */
export function createReport(crowds: readonly Helper[], emitter: Helper, stage: Stage) {
  const heaps: number[][] = []
  let waits: number[] = []
  let minutes = 0

  /** All crowds together. */
  async function figures(): Promise<Readonly<Record<Column, number>>> {
    const all = await Promise.all(crowds.map((crowd) => crowd.ask('figures')))
    const sums = columns.map((column, index) => [column, all.reduce((sum, each) => sum + (each[index] ?? 0), 0)])
    return Object.fromEntries(sums)
  }

  async function wait(): Promise<string> {
    const fresh = (await Promise.all(crowds.map((crowd) => crowd.ask('waits')))).flat()
    waits = [...waits, ...fresh]
    return latency(fresh)
  }

  return {
    async minute(): Promise<void> {
      const sums = await figures()
      const mine = await Promise.all([...crowds, emitter].map((helper) => helper.askOne('heap')))
      heaps.push(mine)
      const memory = [...(await stage.heaps()), ...mine].map((bytes) => (bytes / mebibyte).toFixed(0)).join(' ')
      const told = columns.map((column) => `${column} ${sums[column]}`).join(', ')
      console.log(`minute ${++minutes}: ${told}, ${await wait()}, heap MiB (servers, clients, emitter) ${memory}`)
    },
    /** Prints the last line; answers whether all is well. */
    async verdict(missing: number): Promise<boolean> {
      const sums = await figures()
      await wait()
      const gaps = gapReasons.reduce((sum, reason) => sum + sums[reason], 0)
      const lost = sums.lost + missing
      const flat = isFlat(heaps)
      console.log(
        `verdict: delivered ${sums.delivered}, lost ${lost}, repeated ${sums.repeated}, out of order ${sums['out of order']}, ` +
          `gaps ${gaps}, errors ${sums.errors}, ${latency(waits)}, memory ${flat ? 'flat' : 'GROWING'}`,
      )
      return sums.delivered > 0 && flat && lost + sums.repeated + sums['out of order'] + gaps + sums.errors === 0
    },
  }
}

function latency(waits: readonly number[]): string {
  return `p50 ${percentile(waits, 0.5).toFixed(1)} ms, p99 ${percentile(waits, 0.99).toFixed(0)} ms`
}

/** Each process that lived all the time: its last minute against its first. */
function isFlat(heaps: readonly (readonly number[])[]): boolean {
  const [first = [], last = []] = [heaps[0], heaps.at(-1)]
  return last.every((bytes, index) => bytes <= 1.5 * (first[index] ?? 0) + leewayMiB * mebibyte)
}
