import { type Measure, roundsFor } from '../measure.ts'
import { bareSubscriber, counter } from '../pipeline.ts'
import { heapInUse } from '../process.ts'
import { compare } from '../rounds.ts'

const topics = 2000

export const measure: Measure = async (quick) => ({ 'memory.topic': await compare(roundsFor(quick), byHand, ours) })

const listener = (index: number) => (event: { readonly seq: number }) => {
  counter.seen += event.seq + index
}

async function ours(): Promise<number> {
  const { subscriber, sinks } = bareSubscriber()
  // What comes once, not per topic, is there before.
  await subscriber.subscribe('first', { event: listener(0), gap() {} }).ready
  const before = await heapInUse()
  for (let index = 0; index < topics; index++)
    await subscriber.subscribe(`session:${index}`, { event: listener(index), gap() {} }).ready
  const after = await heapInUse()
  if (sinks.length !== topics + 1) throw new Error(`${sinks.length} topics were attached`)
  await subscriber.close()
  return (after - before) / topics
}

async function byHand(): Promise<number> {
  const before = await heapInUse()
  const all = new Map<string, Set<ReturnType<typeof listener>>>()
  for (let index = 0; index < topics; index++) all.set(`session:${index}`, new Set([listener(index)]))
  const after = await heapInUse()
  if (all.size !== topics) throw new Error('topics are missing')
  return (after - before) / topics
}
