import type { Clock } from './clock.ts'
import type { Delivery } from './delivery.ts'
import { toWireError } from './errors.ts'
import type { WireEvent } from './event.ts'
import type { Continuity, Gap } from './gap.ts'
import { createSeenIds } from './seen-ids.ts'
import type { Feed, FeedEvents } from './sequenced-feed.ts'
import type { UnsequencedConnection, UnsequencedEvent, UnsequencedSink } from './transport.ts'

/**
 * A feed without positions. What it can honestly give: repeats dropped by id, arrival order (`seq` counts arrivals in
 * this process, `epoch` is empty), and a gap of reason `unknown` wherever something may have been missed.
 */
export function createArrivalFeed(topic: string, delivery: Delivery, clock: Clock, on: FeedEvents): Feed {
  const ids = createSeenIds(1000)
  let seq = 0
  let first = true
  let missed = false
  let abort: AbortController | undefined

  function gap(): Gap {
    const here = { epoch: '', seq }
    const found: Gap = { topic, reason: 'unknown', from: here, to: here }
    delivery.push({ kind: 'gap', gap: found })
    delivery.push({ kind: 'load', reason: 'unknown', at: here, over: false })
    return found
  }

  function take(events: readonly UnsequencedEvent[]): void {
    const fresh: WireEvent[] = []
    for (const event of events) {
      const id = event.id ?? `${topic}:${seq + 1}`
      const placed = { ...event, id, topic, epoch: '', seq: seq + 1, time: event.time ?? clock.wall() }
      if (event.id !== undefined && ids.seen(event.id)) on.stage('repeated', placed)
      else if (fresh.length >= delivery.room) missed = true
      else {
        seq += 1
        on.stage('received', placed)
        fresh.push(placed)
      }
    }
    if (fresh.length > 0) delivery.push({ kind: 'events', events: fresh })
  }

  function detach(): void {
    abort?.abort()
    abort = undefined
  }

  return {
    at: undefined,
    attach(link) {
      const mine = new AbortController()
      abort = mine
      let confirmed = false
      const early: UnsequencedEvent[] = []
      const sink: UnsequencedSink = {
        events(batch) {
          if (abort !== mine) return
          if (confirmed) take(batch)
          else if (early.length < 1000) early.push(...batch)
          else missed = true
        },
        missed() {
          if (abort === mine && confirmed) gap()
        },
        lost(error) {
          if (abort !== mine) return
          detach()
          on.failed(error)
        },
      }
      link
        .call(`Attaching ${topic}`, () => (link.connection as UnsequencedConnection).attach(topic, sink, mine.signal))
        .then(({ expiresIn }) => {
          if (abort !== mine) return
          confirmed = true
          on.attached(expiresIn)
          let continuity: Continuity = { kind: 'fresh', count: 0 }
          if (first) delivery.push({ kind: 'load', reason: 'attach', at: { epoch: '', seq }, over: false })
          else continuity = { kind: 'lost', count: 0, gap: gap() }
          first = false
          delivery.push({ kind: 'verdict', continuity, current: () => abort === mine })
          take(early)
        })
        .catch((error: unknown) => {
          if (abort !== mine) return
          detach()
          on.failed(toWireError(error))
        })
    },
    detach,
    roomMade() {
      if (!missed) return
      missed = false
      gap()
    },
    verify() {},
    headHeard() {},
  }
}
