import type { TopicLike, WireEvent } from '@steadywire/core'
import { allSeen, endless, liveSink } from './pipeline.ts'

/** Our pipeline from JSON text against the tightest by hand, which ends in `hand`. */
export async function fromText(
  topic: TopicLike,
  rounds: Parameters<typeof allSeen>[0],
  hand: (event: WireEvent) => void,
) {
  const sink = await liveSink(topic)
  const ours = endless(
    (text) => text,
    (texts) => {
      for (const text of texts) sink.events([JSON.parse(text)])
    },
  )
  return allSeen(
    rounds,
    endless((text) => text, byHand(hand)),
    ours,
  )
}

/** The tightest that still parses, drops repeats, notices holes and dispatches. */
function byHand(hand: (event: WireEvent) => void) {
  let last = 0
  return (texts: readonly string[]) => {
    for (const text of texts) {
      const event: WireEvent = JSON.parse(text)
      if (event.seq <= last) continue
      if (event.seq > last + 1) throw new Error('a hole')
      last = event.seq
      hand(event)
    }
  }
}
