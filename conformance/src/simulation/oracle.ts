import { decodeCursor, type Gap, type Position, type WireEvent } from '@steadywire/core'

/** A guarantee that a run broke. */
export class Violation extends Error {
  readonly clause: string

  constructor(clause: string, message: string) {
    super(`[${clause}] ${message}`)
    this.name = 'Violation'
    this.clause = clause
  }
}

/** What is known of an event that some log once had. */
interface Known {
  readonly epoch: string
  readonly seq: number
  /** The id of the event before it when it was appended. */
  readonly before: string | undefined
}

/** Every fifth event is hidden from the readers. */
export function isHidden(id: string): boolean {
  return id.charCodeAt(id.length - 1) % 5 === 0
}

/** Where one life of the subscription stands. `id`: of the event there; undefined after a gap or at the start. */
interface Standing {
  readonly epoch: string | undefined
  readonly seq: number
  readonly id: string | undefined
}

/** Knows everything that truly happened, and judges what a subscription was told. */
export interface Oracle {
  appended(events: readonly WireEvent[], before: string | undefined): void
  trimmed(epoch: string, seq: number): void
  rewound(epoch: string, to: number): void
  /** A process starts, with what the cursor store holds. */
  begin(stored: string | undefined): Life
}

export interface Life {
  event(event: Pick<WireEvent, 'id' | 'epoch' | 'seq'>): void
  /** The handler is done with it: only now may a cursor stand here. */
  handled(event: Pick<WireEvent, 'epoch' | 'seq'>): void
  gap(gap: Gap): void
  /** The app's state was loaded: only now may a cursor pass a gap that ended here. */
  loaded(at: Position): void
  /** Everything is healed and had its time: the subscription must stand at the head, and its cursor too. */
  settle(head: Position, stored: string | undefined): void
}

export function createOracle(): Oracle {
  const known = new Map<string, Known>()
  const trims = new Map<string, number>()
  const rewinds = new Map<string, number>()
  const reached = new Set<string>()
  const hidden = new Set<string>()

  function check(ok: boolean, clause: string, message: string): asserts ok {
    if (!ok) throw new Violation(clause, message)
  }

  /** The nearest event before `id` that readers see, within its own history. */
  function visibleBefore(id: string | undefined): string | undefined {
    let found = id
    while (found !== undefined && isHidden(found)) found = known.get(found)?.before
    return found
  }

  function isHiddenPlace(epoch: string | undefined, seq: number): boolean {
    return hidden.has(`${epoch}/${seq}`)
  }

  function onlyHidden(epoch: string | undefined, after: number, upTo: number): boolean {
    for (let seq = after + 1; seq <= upTo; seq += 1) if (!isHiddenPlace(epoch, seq)) return false
    return true
  }

  /** Whether a cursor may stand there: something ended there, and after it only hidden events. */
  function isReached(epoch: string | undefined, seq: number): boolean {
    let down = seq
    while (down > 0 && !reached.has(`${epoch}/${down}`) && isHiddenPlace(epoch, down)) down -= 1
    return down === 0 || reached.has(`${epoch}/${down}`)
  }

  function begin(stored: string | undefined): Life {
    const seen = new Set<string>()
    let at: Standing = { epoch: undefined, seq: 0, id: undefined }
    if (stored !== undefined) {
      const { epoch, seq } = decodeCursor(stored)
      check(isReached(epoch, seq), 'D5', `a cursor was stored at ${stored}, which nobody had reached`)
      at = { epoch, seq, id: undefined }
    }
    const here = (): string => `${at.epoch ?? 'unborn'}/${at.seq}`

    return {
      event({ id, epoch, seq }) {
        const truth = known.get(id)
        check(truth?.epoch === epoch && truth.seq === seq, 'D1', `${id} came as ${epoch}/${seq}, which it never was`)
        check(!seen.has(id), 'D2', `${id} was delivered twice`)
        check(
          at.epoch === undefined || at.epoch === epoch,
          'D4',
          `the epoch went from ${here()} to ${epoch} without a gap`,
        )
        check(seq > at.seq, 'D3', `${seq} came after ${here()}`)
        check(!isHidden(id), 'D10', `${id} is hidden from this reader`)
        check(onlyHidden(epoch, at.seq, seq - 1), 'D1', `${here()} was followed by ${seq} without a gap`)
        const before = visibleBefore(truth.before)
        check(
          at.id === undefined || before === at.id,
          'D4',
          `${id} does not follow ${at.id}: the log was taken back unnoticed`,
        )
        seen.add(id)
        at = { epoch, seq, id }
      },
      handled: ({ epoch, seq }) => void reached.add(`${epoch}/${seq}`),
      gap({ reason, from, to }) {
        const hiddenUpTo = from.seq >= at.seq && (at.seq === 0 || from.epoch === at.epoch)
        check(
          hiddenUpTo && onlyHidden(from.epoch, at.seq, from.seq),
          'D4',
          `a gap from ${from.epoch}/${from.seq}, but the stream stood at ${here()}`,
        )
        const told = `a gap (${reason}) from ${here()} to ${to.epoch}/${to.seq}`
        if (reason === 'trimmed')
          check((trims.get(to.epoch ?? '') ?? 0) >= to.seq, 'D4', `${told}, but that was never trimmed`)
        if (reason === 'epoch') check(from.epoch !== to.epoch, 'D4', `${told}, but the epoch is the same`)
        if (reason === 'rewound')
          check(
            (rewinds.get(from.epoch ?? '') ?? Infinity) < from.seq,
            'D4',
            `${told}, but the log was never taken back there`,
          )
        at = { epoch: to.epoch, seq: to.seq, id: undefined }
      },
      loaded: (to) => void reached.add(`${to.epoch}/${to.seq}`),
      settle(head, stored) {
        check(
          at.seq <= head.seq && (at.seq === 0 || at.epoch === head.epoch) && onlyHidden(head.epoch, at.seq, head.seq),
          'D1',
          `it stands at ${here()}, but the log at ${head.epoch}/${head.seq}`,
        )
        const kept = stored === undefined ? { seq: 0 } : decodeCursor(stored)
        check(kept.seq === head.seq && kept.epoch === head.epoch, 'D5', `the cursor was left at ${stored}`)
      },
    }
  }

  return {
    appended(events, before) {
      let last = before
      for (const { id, epoch, seq } of events) {
        known.set(id, { epoch, seq, before: last })
        if (isHidden(id)) hidden.add(`${epoch}/${seq}`)
        last = id
      }
    },
    trimmed: (epoch, seq) => void trims.set(epoch, Math.max(trims.get(epoch) ?? 0, seq)),
    rewound: (epoch, to) => void rewinds.set(epoch, Math.min(rewinds.get(epoch) ?? Infinity, to)),
    begin,
  }
}
