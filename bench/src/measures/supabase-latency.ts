import { dataOf, sharedNow } from '../events.ts'
import type { Measure } from '../measure.ts'
import { perSecond } from '../pace.ts'
import { compareSeveral, type Measured, measured } from '../rounds.ts'
import { median, percentile } from '../statistics.ts'
import { type Feed, ours, raw, type Seen, type Side, startProject } from '../supabase-clients.ts'

const events = 60
const rate = 30
/** As Realtime looks for row changes. */
const pollMs = 100

/** From emit, or insert, to the handler; each event is a call of its own. */
export const measure: Measure = async (quick) => {
  const rounds = { count: quick ? 3 : 9, warmUp: 1 }
  const prompt = await startProject(0)
  const [p50, p99] = await compared(prompt, 'changes', rounds)
  const [broadcastP50, broadcastP99] = await compared(prompt, 'broadcast', rounds)
  await prompt.end()
  return {
    'supabase.latency.p50': p50,
    'supabase.latency.p99': p99,
    'supabase.broadcast.latency.p50': broadcastP50,
    'supabase.broadcast.latency.p99': broadcastP99,
    'supabase.beyond-polling': measured(Math.max(p99.value, broadcastP99.value)),
    'supabase.budget': measured(await polled(rounds.count)),
  }
}

type Project = Awaited<ReturnType<typeof startProject>>

async function compared(project: Project, feed: Feed, rounds: { readonly count: number; readonly warmUp: number }) {
  const [base, own] = [waiting(), waiting()]
  const [left, right] = [await raw(project, feed, base.seen), await ours(project, feed, own.seen)]
  const found = await compareSeveral(
    rounds,
    () => base.through(left),
    () => own.through(right),
  )
  await Promise.all([left.end(), right.end()])
  const [p50 = measured(Number.NaN), p99 = measured(Number.NaN)] = found
  return [p50, p99] as const satisfies readonly Measured[]
}

/** The p99 where changes wait to be looked at, as they do at Supabase. */
async function polled(count: number): Promise<number> {
  const project = await startProject(pollMs)
  const { seen, through } = waiting()
  const side = await ours(project, 'changes', seen)
  const found: number[] = []
  for (let round = 0; round < count; round++) found.push((await through(side))[1])
  await side.end()
  await project.end()
  return median(found)
}

/** Sends events at a pace, and takes the time of each until it was seen. */
function waiting() {
  const waits: number[] = []
  let enough = () => {}
  const seen: Seen = ({ data }) => {
    const at = typeof data === 'object' && data !== null && 'at' in data ? data.at : undefined
    waits.push(sharedNow() - (typeof at === 'number' ? at : Number.NaN))
    if (waits.length === events) enough()
  }
  async function through(side: Side): Promise<[p50: number, p99: number]> {
    waits.length = 0
    const done = Promise.withResolvers<void>()
    enough = done.resolve
    const put: Promise<unknown>[] = []
    await perSecond(events, rate, async (index) => void put.push(side.put(dataOf(index, { at: sharedNow() }))))
    await Promise.all([...put, done.promise])
    return [percentile(waits, 0.5), percentile(waits, 0.99)]
  }
  return { seen, through }
}
