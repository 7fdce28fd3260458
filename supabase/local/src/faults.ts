import type { ChangeType } from './realtime/subscription.ts'
import type { Texts } from './realtime/wal.ts'

/** The next so many, or those that are picked. */
export type Which<T> = number | ((one: T) => boolean)

/** Ends a fault. */
export type End = () => void

export interface ChangeAbout {
  readonly type: ChangeType
  readonly schema: string
  readonly table: string
  /** Its values as PostgreSQL writes them. */
  readonly row: Texts | undefined
  readonly old: Texts | undefined
}

export interface BroadcastAbout {
  readonly topic: string
  readonly event: string
}

export interface Answers {
  /** Milliseconds until REST and auth answer. */
  readonly rest?: number
  /** Milliseconds until a join is answered; its connection waits meanwhile, heartbeats too. */
  readonly joins?: number
}

export type AnswerRest = (request: Request, pass: (request: Request) => Promise<Response>) => Promise<Response>

/** Everything that Supabase does to its clients on a bad day. Topics are without `realtime:`. */
export interface Faults {
  /** Row changes that nobody is told. */
  dropChanges(which: Which<ChangeAbout>): End
  /** Row changes that come in the form of those that are too large: `Error 413`, and only short values. */
  cutChanges(which: Which<ChangeAbout>): End
  /** Broadcasts, of clients and of the database, that nobody is told. */
  dropBroadcasts(which: Which<BroadcastAbout>): End
  /** "Subscribed to PostgreSQL", and the changes with it, come so much later. */
  delayReady(ms: number): End
  delayAnswers(answers: Answers): End
  /** Requests to REST are answered by this: it may look, wait, pass them on, or say something else. */
  answerRest(answer: AnswerRest): End
  /** Joins are refused with this reason, such as `ConnectionRateLimitReached: Too many connected users`. */
  refuseJoins(reason: string, which?: Which<{ readonly topic: string }>): End
  /** New WebSockets are refused with this status. */
  refuseConnections(status: number): End
  /** Nothing is answered, sent or beaten, over connections that stay open; what happens meanwhile is lost. */
  silence(): End
  /** Closes channels for good (`phx_close`), after a `system` error with this message, if any. Answers how many. */
  closeChannels(which?: { readonly topic?: string; readonly message?: string }): number
  /** Ends all connections without a goodbye. Answers how many. */
  cutSockets(): number
  /** Ends the replication and starts it anew: what happens meanwhile is lost, and every reader is told of the new start. */
  restartReplication(meanwhile?: () => unknown): Promise<void>
  /** Ends all faults. */
  reset(): void
}

/** What is asked for at the moment. */
export class Wishes {
  readonly dropChange = new Picks<ChangeAbout>()
  readonly cutChange = new Picks<ChangeAbout>()
  readonly dropBroadcast = new Picks<BroadcastAbout>()
  readonly refuseJoin = new Picks<{ readonly topic: string }, string>()
  readonly readyMs = new Sum()
  readonly restMs = new Sum()
  readonly joinMs = new Sum()
  readonly refusal = new Picks<undefined, number>()
  readonly answerRest = new Picks<undefined, AnswerRest>()
  readonly silence = new Picks<undefined>()

  reset(): void {
    for (const wish of Object.values(this)) wish.clear()
  }
}

/** Rules that pick some of what passes by; each may say what is to happen to it. */
class Picks<T, Value = true> {
  readonly #rules = new Set<{ picks(one: T): boolean; value: Value }>()

  add(which: Which<T>, value: Value): End {
    let left = typeof which === 'number' ? which : Number.POSITIVE_INFINITY
    const rule = {
      value,
      picks: (one: T) => (typeof which === 'number' ? left > 0 : which(one)) && left-- > 0,
    }
    this.#rules.add(rule)
    return () => void this.#rules.delete(rule)
  }

  pick(one: T): Value | undefined {
    for (const rule of this.#rules) if (rule.picks(one)) return rule.value
    return undefined
  }

  clear(): void {
    this.#rules.clear()
  }
}

class Sum {
  readonly #parts = new Set<{ readonly ms: number }>()

  add(ms: number): End {
    const part = { ms }
    this.#parts.add(part)
    return () => void this.#parts.delete(part)
  }

  get value(): number {
    return [...this.#parts].reduce((sum, { ms }) => sum + ms, 0)
  }

  clear(): void {
    this.#parts.clear()
  }
}
