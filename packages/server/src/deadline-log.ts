import type { Deadlines } from './deadlines.ts'
import type { EventLog } from './log.ts'

/** The same log, but none of its calls hangs: see {@link Deadlines}. A tail that comes too late is stopped. */
export function logWithDeadlines(log: EventLog, deadlines: Deadlines): EventLog {
  return {
    keyWindowMs: log.keyWindowMs,

    async append(...args) {
      return deadlines.within(`Appending to ${args[0]}`, log.append(...args))
    },

    async read(topic, range) {
      return deadlines.within(`Reading ${topic}`, log.read(topic, range))
    },

    async tail(topic, on) {
      let givenUp = false
      const opening = log.tail(topic, {
        wake(events) {
          if (!givenUp) on.wake(events)
        },
        lost(error) {
          if (!givenUp) on.lost(error)
        },
      })
      try {
        const stop = await deadlines.within(`Following ${topic}`, opening)
        return async () => stop()
      } catch (thrown) {
        givenUp = true
        opening.then((stop) => stop()).catch(() => {})
        throw thrown
      }
    },
  }
}
