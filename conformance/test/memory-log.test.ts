import { markOf } from '@steadywire/core'
import { type EventLog, type MemoryLog, memoryLog, type TailListener } from '@steadywire/server'
import { testLog } from '../src/index.ts'

testLog({
  name: 'memory',
  async setup() {
    let current = memoryLog()
    const tails = new Map<TailListener, { topic: string; stop: () => Promise<void> }>()
    const log: EventLog = {
      keyWindowMs: current.keyWindowMs,
      append: (topic, drafts, by) => current.append(topic, drafts, by),
      read: (topic, range) => current.read(topic, range),
      async tail(topic, on) {
        tails.set(on, { topic, stop: await current.tail(topic, on) })
        return async () => {
          await tails.get(on)?.stop()
          tails.delete(on)
        }
      },
    }
    const replace = async (next: MemoryLog) => {
      current = next
      for (const [on, tail] of tails) tail.stop = await current.tail(tail.topic, on)
    }
    const change = (topic: string, how: (dump: Dump) => Dump) =>
      replace(
        memoryLog({ from: { topics: current.dump().topics.map((dump) => (dump.topic === topic ? how(dump) : dump)) } }),
      )
    const breakTails = async () => {
      const broken = [...tails]
      tails.clear()
      for (const [on, { stop }] of broken) {
        await stop()
        on.lost(new Error('the tail broke'))
      }
    }
    return {
      log,
      breakTails,
      async restart(data) {
        await breakTails()
        current = memoryLog(data === 'kept' ? { from: JSON.parse(JSON.stringify(current.dump())) } : {})
        return log
      },
      trim: (topic, seq) =>
        change(topic, (dump) => {
          const cut = Math.max(0, seq - dump.oldest + 1)
          const last = dump.slots[cut - 1]
          return {
            ...dump,
            oldest: dump.oldest + cut,
            slots: dump.slots.slice(cut),
            ...(last && { trimmedMark: markOf(last.id) }),
          }
        }),
      rewind: (topic, seq) =>
        change(topic, (dump) => ({
          ...dump,
          sealed: false,
          slots: dump.slots.slice(0, seq - dump.oldest + 1),
          remembered: dump.remembered.filter((each) => each.seq <= seq),
        })),
      close: async () => {},
    }
  },
})

type Dump = ReturnType<MemoryLog['dump']>['topics'][number]
