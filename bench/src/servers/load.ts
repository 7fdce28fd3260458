import { sharedNow } from '../events.ts'
import type { Commands } from '../helper.ts'
import { inTurns, perSecond } from '../pace.ts'
import { heapInUse } from '../process.ts'

/** Puts one event on the wire; `at`: now, for events that carry their time. */
export type Publish = (index: number, at: number) => unknown

/** What every server of a measure can be asked, so that both sides bear the same. */
export function loadCommands(publish: Publish): Commands {
  let next = 0
  let cpu = process.cpuUsage()
  const memory = peakOfMemory()
  const one = async () => {
    await publish(++next, sharedNow())
  }
  return {
    async heap() {
      return [await heapInUse()]
    },
    async burst(count = 0, perTurn = 1) {
      await inTurns(count, perTurn, one)
      return []
    },
    async pace(count = 0, rate = 1) {
      await perSecond(count, rate, one)
      return []
    },
    /** From here on CPU time is counted. */
    cpuStart() {
      cpu = process.cpuUsage()
      return []
    },
    cpuMicros() {
      const { user, system } = process.cpuUsage(cpu)
      return [user + system]
    },
    /** From here on the peak of memory is watched. */
    async memoryStart() {
      await memory.start()
      return []
    },
    /** The peak over what was in use at the start, in bytes. */
    memoryPeak: () => [memory.stop()],
  }
}

/** Samples in every turn of the event loop what is alive: garbage would tell of the collector's habits. */
function peakOfMemory() {
  let before = 0
  let peak = 0
  let watching = false
  const inUse = () => {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const sample = () => {
    globalThis.gc?.({ type: 'minor' })
    peak = Math.max(peak, inUse())
    if (watching) setImmediate(sample)
  }
  return {
    async start(): Promise<void> {
      await heapInUse()
      before = inUse()
      peak = before
      watching = true
      sample()
    },
    stop(): number {
      watching = false
      return peak - before
    },
  }
}
