import type { SessionEvent } from '../../../src/session.ts'
import { emptyLedger, type Ledger, noteArrival } from './ledger.ts'
import { applyEvent, emptyView, type KeptEvent, type View } from './view.ts'

/** A session as the page keeps it, also over a reload. */
export interface SessionState {
  /** What came before the first event that is kept. */
  readonly base: View
  readonly events: readonly KeptEvent[]
  /** All of it. */
  readonly view: View
  readonly weight: number
  readonly ledger: Ledger
}

export const emptySession: SessionState = {
  base: emptyView,
  events: [],
  view: emptyView,
  weight: 0,
  ledger: emptyLedger,
}

/** Characters, about, that are kept for going back: sessionStorage has room for five million. */
const mostWeight = 800_000

/** Numbered events are only counted: they have nothing to show. */
export function reduceSession(state: SessionState, event: SessionEvent): SessionState {
  const ledger = noteArrival(state.ledger, event.seq)
  if (event.type === 'load' || ledger.repeated > state.ledger.repeated) return { ...state, ledger }
  const { seq, time, type, data } = event
  const kept = { seq, time, type, data } as KeptEvent
  const grown = {
    base: state.base,
    events: [...state.events, kept],
    view: applyEvent(state.view, kept),
    weight: state.weight + weightOf(kept),
    ledger,
  }
  return grown.weight > mostWeight ? trimmed(grown) : grown
}

function weightOf(event: KeptEvent): number {
  return 100 + (event.type === 'terminal' ? event.data.output.length : 0)
}

/** Lets go of the oldest tenth at once, not of one with each event. */
function trimmed(state: SessionState): SessionState {
  let { base, weight } = state
  let count = 0
  for (const event of state.events) {
    if (weight <= mostWeight * 0.9) break
    base = applyEvent(base, event)
    weight -= weightOf(event)
    count++
  }
  return { ...state, base, weight, events: state.events.slice(count) }
}

/** The session as it was at an earlier event, quickly also when it is asked for the next and the next. */
export function createRewinder(): (state: SessionState, seq: number) => View {
  let cache = { base: emptyView, count: 0, view: emptyView }
  return ({ base, events }, seq) => {
    const count = countUpTo(events, seq)
    if (cache.base !== base || cache.count > count) cache = { base, count: 0, view: base }
    const view = events.slice(cache.count, count).reduce(applyEvent, cache.view)
    cache = { base, count, view }
    return view
  }
}

/** How many of the events are at or below a seq. */
export function countUpTo(events: readonly KeptEvent[], seq: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((events[middle]?.seq ?? 0) <= seq) low = middle + 1
    else high = middle
  }
  return low
}
