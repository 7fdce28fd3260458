import type { EventLog } from '@steadywire/server'
import { seqsOf } from './drafts.ts'

/** Follows a topic, and counts what the log tells. */
export function wakes(log: EventLog, topic: string) {
  const heard = { seqs: [] as number[], wakes: 0, lost: [] as unknown[] }
  return log
    .tail(topic, {
      wake(events) {
        heard.wakes += 1
        heard.seqs.push(...seqsOf(events))
      },
      lost: (error) => void heard.lost.push(error),
    })
    .then((stop) => Object.assign(heard, { stop }))
}
