import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '@steadywire/core'
import type { Stage } from './stage.ts'

interface Fault {
  readonly name: string
  /** How often beside the others: a whole number. */
  readonly share: number
  /** Resolves when the stage is whole again; false if there was nothing to break. */
  run(stage: Stage, random: Random): Promise<boolean>
}

const faults: readonly Fault[] = [
  { name: 'cut clients', share: 5, run: (stage, random) => stage.cut(5 + random() * 25) },
  {
    name: 'kill a server',
    share: 3,
    run: (stage, random) => stage.killNode(Math.floor(random() * stage.nodes), 200 + random() * 2000),
  },
  {
    name: 'pause a server',
    share: 2,
    run: (stage, random) => stage.pauseNode(Math.floor(random() * stage.nodes), 500 + random() * 12_000),
  },
  { name: 'restart Redis', share: 1, run: (stage, random) => stage.restartRedis(100 + random() * 2000) },
  { name: 'pause Redis', share: 1, run: (stage, random) => stage.pauseRedis(200 + random() * 4000) },
  { name: 'fill sockets', share: 1, run: (stage) => stage.fillSockets(20) },
]

/** Breaks something every few seconds until `signal` aborts, then waits until everything is whole. Answers what was done. */
export async function breakThings(
  stage: Stage,
  random: Random,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const done = new Map<string, number>()
  const underWay = new Set<Promise<unknown>>()
  while (!signal.aborted) {
    const { name, run } = draw(random)
    const running = run(stage, random).then((broken) => {
      underWay.delete(running)
      if (broken) done.set(name, (done.get(name) ?? 0) + 1)
    })
    underWay.add(running)
    await wait(1000 + random() * 4000, undefined, { signal }).catch(() => {})
  }
  await Promise.all(underWay)
  return done
}

function draw(random: Random): Fault {
  const lots = faults.flatMap((fault) => new Array<Fault>(fault.share).fill(fault))
  return lots[Math.floor(random() * lots.length)] as Fault
}
