import { setTimeout } from 'node:timers/promises'
import type { Commands } from '../helper.ts'

/** Events that go on, whether anybody is there or not. */
export function steadyCommands(publish: (index: number) => unknown): Commands {
  let published = 0
  let steady = false
  return {
    /** So many per second, until `rest`. */
    steady(rate = 1) {
      steady = true
      const go = async () => {
        for (; steady; await setTimeout(1000 / rate)) await publish(++published)
      }
      void go()
      return []
    },
    /** Answers how many there were. */
    rest() {
      steady = false
      return [published]
    },
  }
}
