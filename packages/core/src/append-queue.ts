import { type Backoff, backoffDelay, defaultBackoff } from './backoff.ts'
import type { Clock, Random } from './clock.ts'
import type { SizedDraft } from './draft.ts'
import { type ErrorCode, isSteadywireError, SteadywireError, toWireError, wireError } from './errors.ts'
import { type Appended, markOf } from './event.ts'
import type { EventStage } from './observe.ts'
import type { Appender } from './transport.ts'

export interface AppendQueueOptions {
  readonly to: Appender
  readonly clock: Clock
  readonly random: Random
  readonly backoff: Pick<Backoff, 'delaysMs' | 'jitter'>
  readonly deadlineMs: number
  readonly giveUpAfterMs: number
  readonly keyWindowMs: number
  readonly maxQueued: number
  readonly maxBatch: number
  readonly maxBatchBytes: number
  /** Told what became of each draft. */
  saw(stage: EventStage, topic: string, draft: SizedDraft, seq: number): void
  retried(): void
}

/** Drafts of one topic that are appended together or not at all; a promise while their data is still being checked. */
export interface Group {
  readonly topic: string
  readonly count: number
  readonly drafts: readonly SizedDraft[] | Promise<readonly SizedDraft[]>
}

export interface AppendQueue {
  /** Takes all groups or, with `limit_reached`, none. Each keeps its place among the groups of its topic (E3). */
  push(groups: readonly Group[]): readonly Promise<readonly Appended[]>[]
  /** Resolves when everything that is queued now was settled. */
  flush(): Promise<void>
  readonly queued: number
}

interface Unit {
  readonly count: number
  readonly giveUpAt: number
  readonly promise: Promise<readonly Appended[]>
  resolve(appended: readonly Appended[]): void
  reject(error: unknown): void
  /** Undefined while the data is being checked. */
  drafts: readonly SizedDraft[] | undefined
  firstSentAt: number | undefined
  /** Some attempt's outcome is not known. */
  doubted: boolean
  /** Its caller was told that it failed; it stays in its place, see {@link createAppendQueue}. */
  abandoned: boolean
  gone: boolean
}

interface Lane {
  readonly topic: string
  units: Unit[]
  running: boolean
  /** How many units a batch may have: halved when one is refused, doubled when one succeeds. */
  width: number
  wake: () => void
}

/** Refusals of the caller, not of a draft: splitting helps nothing, and they say nothing about an earlier attempt. */
const ofTheCaller = new Set<ErrorCode>(['unauthenticated', 'forbidden', 'not_supported', 'closed', 'superseded'])
/** Failures after which it is certain that nothing was appended. */
const notReached = new Set<ErrorCode>(['rate_limited', 'limit_reached', 'going_away', 'attempts_exhausted'])

/**
 * One lane per topic, one append in flight in each; what waits behind it goes along in the next batch. Every attempt
 * takes the head of its lane, so retries keep ids and order. A group given up while its outcome was unknown stays at
 * the head as long as the log remembers its ids: the next append to the topic sends it again first, and an attempt
 * that lands late finds it there, instead of landing after newer events (E3).
 */
export function createAppendQueue(options: AppendQueueOptions): AppendQueue {
  const { to, clock, random, deadlineMs, giveUpAfterMs, keyWindowMs, maxQueued, maxBatch, maxBatchBytes, saw } = options
  const rules = { ...defaultBackoff, delaysMs: [250, 500, 1000, 2000, 4000, 8000], ...options.backoff }
  const lanes = new Map<string, Lane>()
  let held = 0

  const remove = (lane: Lane, units: readonly Unit[]): void => {
    for (const unit of units)
      if (!unit.gone) {
        unit.gone = true
        held -= unit.count
      }
    lane.units = lane.units.filter((unit) => !unit.gone)
    if (lane.units.length === 0 && !lane.running && lanes.get(lane.topic) === lane) lanes.delete(lane.topic)
  }

  const settle = (lane: Lane, batch: readonly Unit[], appended: readonly Appended[]): void => {
    let index = 0
    for (const unit of batch) {
      const answers = appended.slice(index, index + unit.count)
      index += unit.count
      if (unit.gone) continue
      const judged = answers.map((answer, at) => ownRetry(unit, at, answer))
      unit.resolve(judged)
      for (const [at, { duplicate, position }] of judged.entries())
        saw(duplicate ? 'duplicate' : 'appended', lane.topic, unit.drafts?.[at] as SizedDraft, position.seq)
    }
    remove(lane, batch)
  }

  const fail = (lane: Lane, unit: Unit, error: unknown): void => {
    if (!unit.abandoned) {
      unit.reject(error)
      for (const draft of unit.drafts ?? []) saw('rejected', lane.topic, draft, 0)
    }
  }

  /** Undefined: appended. A call that answers after its deadline still settles its batch. */
  const attempt = (lane: Lane, batch: readonly Unit[]): Promise<SteadywireError | undefined> =>
    new Promise((resolve) => {
      const drafts = batch.flatMap((unit) => unit.drafts ?? []).map(({ draft }) => draft)
      for (const unit of batch) unit.firstSentAt ??= clock.now()
      const cancel = clock.after(deadlineMs, () =>
        resolve(
          wireError('retry', 'deadline', `No answer to an append within ${deadlineMs} ms`, { topic: lane.topic }),
        ),
      )
      const call = async (): Promise<readonly Appended[]> => {
        const appended = await to.append(lane.topic, drafts)
        if (appended.length === drafts.length) return appended
        throw wireError('retry', 'protocol', `${appended.length} answers to ${drafts.length} drafts`)
      }
      call()
        .then(
          (appended) => {
            settle(lane, batch, appended)
            resolve(undefined)
            lane.wake()
          },
          (thrown) => resolve(isSteadywireError(thrown) ? thrown : toWireError(thrown, 'log_failed')),
        )
        .finally(cancel)
    })

  const run = async (lane: Lane): Promise<void> => {
    // Lets what is emitted in this turn go in one batch.
    await undefined
    for (let failures = 0; ; ) {
      const now = clock.now()
      const forgotten = (unit: Unit) => unit.abandoned && now + deadlineMs > (unit.firstSentAt ?? now) + keyWindowMs
      remove(lane, lane.units.filter(forgotten))
      const due = lane.units.some((unit) => unit.drafts && !unit.abandoned)
      const batch = due ? head(lane, maxBatch, maxBatchBytes) : []
      if (batch.length === 0) break
      const error = await attempt(lane, batch)
      if (!error) {
        failures = 0
        lane.width = Math.min(lane.width * 2, maxBatch)
      } else if (error.kind === 'retry') {
        failures++
        options.retried()
        const delay = error.retryAfterMs ?? backoffDelay(rules, failures, random())
        if (!notReached.has(error.code)) for (const unit of batch) unit.doubted = true
        giveUp(lane, clock.now() + delay, error)
        if (lane.units.some((unit) => !unit.abandoned)) await pause(lane, delay)
      } else if (batch.length > 1 && !ofTheCaller.has(error.code)) {
        lane.width = batch.length >> 1
      } else {
        // A refusal of the caller meets everything in the lane. It says nothing about an earlier attempt, which may still
        // land: what was sent before keeps its place.
        const ofCaller = ofTheCaller.has(error.code)
        const refused = ofCaller ? lane.units.filter((unit) => unit.drafts) : batch.filter((unit) => !unit.gone)
        for (const unit of refused) fail(lane, unit, ofCaller && unit.doubted ? unconfirmed(lane, error) : error)
        for (const unit of refused) unit.abandoned = ofCaller && unit.doubted
        remove(
          lane,
          refused.filter((unit) => !unit.abandoned),
        )
      }
    }
    lane.running = false
    remove(lane, [])
  }

  /** Gives up what may not wait until `next`. */
  const giveUp = (lane: Lane, next: number, error: SteadywireError): void => {
    for (const unit of lane.units) {
      if (unit.abandoned || unit.giveUpAt > next) continue
      fail(lane, unit, unit.doubted ? unconfirmed(lane, error) : error)
      unit.abandoned = true
    }
    remove(
      lane,
      lane.units.filter((unit) => unit.abandoned && !unit.doubted),
    )
  }

  const pause = (lane: Lane, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(ms, resolve)
      lane.wake = () => {
        cancel()
        resolve()
      }
    })

  const start = (lane: Lane): void => {
    if (lane.running) return
    lane.running = true
    void run(lane)
  }

  const enqueue = ({ topic, count, drafts }: Group): Promise<readonly Appended[]> => {
    const lane = lanes.get(topic) ?? { topic, units: [], running: false, width: maxBatch, wake: () => {} }
    lanes.set(topic, lane)
    const unit = createUnit(count, clock.now() + giveUpAfterMs)
    held += count
    lane.units.push(unit)
    const ready = (checked: readonly SizedDraft[]): void => {
      if (unit.gone) return
      unit.drafts = checked
      for (const draft of checked) saw('emitted', topic, draft, 0)
      start(lane)
    }
    if (drafts instanceof Promise)
      drafts.then(ready, (error: unknown) => {
        unit.reject(error)
        remove(lane, [unit])
        start(lane)
      })
    else ready(drafts)
    return unit.promise
  }

  /** Frees room by forgetting what was given up long ago: a late landing may then come out of order. */
  const makeRoom = (count: number): void => {
    for (const lane of lanes.values())
      if (held + count > maxQueued && !lane.running)
        remove(
          lane,
          lane.units.filter((unit) => unit.abandoned),
        )
  }

  const waiting = (): Unit[] => [...lanes.values()].flatMap((lane) => lane.units.filter((unit) => !unit.abandoned))

  return {
    push(groups) {
      const count = groups.reduce((sum, group) => sum + group.count, 0)
      if (held + count > maxQueued) makeRoom(count)
      if (held + count > maxQueued || groups.some((group) => group.count > 1000))
        throw new SteadywireError('limit_reached', `${count} events more do not fit into the emitter's queue`, {
          hint: 'Await emit() or flush() before more is emitted, at most 1,000 to a topic at once; or raise maxQueued.',
        })
      return groups.map(enqueue)
    },
    async flush() {
      await Promise.allSettled(waiting().map((unit) => unit.promise))
    },
    get queued() {
      return waiting().reduce((sum, unit) => sum + unit.count, 0)
    },
  }
}

function createUnit(count: number, giveUpAt: number): Unit {
  let resolve: Unit['resolve'] = () => {}
  let reject: Unit['reject'] = () => {}
  const promise = new Promise<readonly Appended[]>((yes, no) => {
    resolve = yes
    reject = no
  })
  const fresh = { drafts: undefined, firstSentAt: undefined, doubted: false, abandoned: false, gone: false }
  return { count, giveUpAt, promise, resolve, reject, ...fresh }
}

function head(lane: Lane, maxBatch: number, maxBytes: number): Unit[] {
  const batch: Unit[] = []
  let drafts = 0
  let bytes = 0
  for (const unit of lane.units) {
    if (!unit.drafts) break
    drafts += unit.count
    bytes += unit.drafts.reduce((sum, draft) => sum + draft.bytes, 0)
    if (batch.length > 0 && (batch.length >= lane.width || drafts > maxBatch || bytes > maxBytes)) break
    batch.push(unit)
  }
  return batch
}

/** A repeat that an own attempt caused, whose answer got lost, is no duplicate to the caller. */
function ownRetry(unit: Unit, index: number, answer: Appended): Appended {
  const id = unit.drafts?.[index]?.draft.id ?? ''
  return unit.doubted && answer.duplicate && answer.position.mark === markOf(id)
    ? { ...answer, duplicate: false }
    : answer
}

function unconfirmed({ topic }: Lane, cause: SteadywireError): SteadywireError {
  return new SteadywireError('unconfirmed', `It is not known whether ${topic} has the event: ${cause.message}`, {
    topic,
    cause,
    hint: 'Emit it again with the same `key`: while the log remembers the key, that makes no second event.',
  })
}
