import { createAppendQueue, type Group } from './append-queue.ts'
import type { Backoff } from './backoff.ts'
import { type Clock, type Random, systemClock, systemRandom } from './clock.ts'
import { connectAppender } from './connect-appender.ts'
import { defaultMaxBytes, type EmitOptions, prepareDraft, type SizedDraft } from './draft.ts'
import { type ErrorCode, isSteadywireError, messageOf, SteadywireError } from './errors.ts'
import type { Appended } from './event.ts'
import { randomId } from './id.ts'
import type { Observe } from './observe.ts'
import { createTextWriter, type TextOptions, type TextWriter } from './text-writer.ts'
import type { Identity } from './token.ts'
import { type InputOf, type TopicLike, type TypeOf, topicName } from './topic.ts'
import type { AnyTransport, Appender } from './transport.ts'

export interface EmitterOptions {
  /** A log, a subscriber (its open connection is used), or a transport (the emitter opens a connection of its own). */
  readonly to: Appender | AnyTransport
  /** With a transport: who appends. */
  readonly identity?: Identity
  /** How many events may wait. Above it, emits are refused with `limit_reached`. Default 10,000. */
  readonly maxQueued?: number
  /** How long an event is retried, from its emit on. Default 60,000 ms; at most the log's key window (taken as 300,000 ms where it is not known). */
  readonly giveUpAfterMs?: number
  /** When an attempt without an answer counts as failed. Default 10,000 ms. */
  readonly deadlineMs?: number
  /** What may go in one append. Default 100 events, 262,144 bytes of data. */
  readonly batch?: { readonly maxEvents?: number; readonly maxBytes?: number }
  /** Between attempts. Default 0.25, 0.5, 1, 2, 4, 8 s, with jitter. Of a transport, between tries to connect, too; there by default up to 30 s. */
  readonly backoff?: Pick<Backoff, 'delaysMs' | 'jitter'>
  readonly observe?: Observe
  readonly clock?: Clock
  readonly random?: Random
  /** Makes event ids: globally unique, also over restarts, and unlike in their last 8 characters. */
  readonly id?: () => string
}

type LooseEntry<Type extends string> = EmitOptions & {
  readonly topic: TopicLike
  readonly type: Type
  readonly data: unknown
}

type CheckedEntry<E> = E extends { readonly topic: infer T extends TopicLike; readonly type: infer Type extends string }
  ? EmitOptions & {
      readonly topic: T
      readonly type: Type extends TypeOf<T> ? Type : TypeOf<T>
      readonly data: InputOf<T, Type>
    }
  : never

export type TryEmitted =
  | (Appended & { readonly ok: true; readonly error?: never })
  | { readonly ok: false; readonly error: SteadywireError }

export interface EmitterStats {
  /** Events that the log has, by this emitter. */
  readonly appended: number
  /** Events that the log had already, by their key. */
  readonly duplicates: number
  /** Events that were refused or given up. */
  readonly failed: number
  /** Attempts that failed and were followed by another, or by giving up. */
  readonly retries: number
  /** Events that wait or are under way. */
  readonly queued: number
}

export interface Emitter {
  /**
   * Appends one event. Resolves after the log has it (E1); `duplicate`: an event with the same `key` was there first, and
   * the position is its. Emits to one topic keep their call order, retries and slow validators included (E3).
   *
   * Rejects with `invalid_topic`, `invalid_type`, `invalid_data`, `invalid_draft`, `too_large`, `limit_reached`, `closed`
   * before anything went out; with what the other side refused (`forbidden`, `sealed` …); after `giveUpAfterMs` with the last
   * failure, if certainly nothing was appended, else with `unconfirmed`. An unconfirmed event may still show up, but
   * not after an event that this emitter appends to the topic later, while the log remembers its id: the emitter sends
   * it again first. A second emit with the same `key` is safe.
   *
   * @example
   * await emitter.emit(session({ sessionId }), 'thinking', { iteration: 1 }, { key: `${runId}:1` })
   */
  emit<T extends TopicLike, Type extends TypeOf<T>>(
    topic: T,
    type: Type,
    data: InputOf<T, Type>,
    options?: EmitOptions,
  ): Promise<Appended>
  /**
   * As `emit`, but best effort (E6): never throws and never rejects. A failure is counted, told to `observe`, and, where
   * nobody observes, logged to the console once per code.
   */
  tryEmit<T extends TopicLike, Type extends TypeOf<T>>(
    topic: T,
    type: Type,
    data: InputOf<T, Type>,
    options?: EmitOptions,
  ): Promise<TryEmitted>
  /**
   * Appends several events, answered in their order. All are validated before any goes out. The events of one topic are one
   * append: all or nothing, and nothing between them. Topics are appended independently: if one fails the others
   * may be there, and the call rejects with the first failure. Give keys, and the whole call can be repeated safely.
   */
  emitAll<Type extends string, const E extends readonly [] | readonly LooseEntry<Type>[]>(
    entries: E & { readonly [K in keyof E]: CheckedEntry<E[K]> },
  ): Promise<{ readonly [K in keyof E]: Appended }>
  /**
   * A writer for streamed text, such as a terminal's: gathers chunks and emits `toData(text)` by time and size, in order.
   * Throws `closed` after `close()`.
   *
   * @example
   * const out = emitter.text(session({ sessionId }), 'terminal', (output) => ({ command, output }))
   * for await (const chunk of child.stdout.setEncoding('utf8')) await out.write(chunk)
   * await out.end()
   */
  text<T extends TopicLike, Type extends TypeOf<T>>(
    topic: T,
    type: Type,
    toData: (text: string) => InputOf<T, Type>,
    options?: TextOptions,
  ): TextWriter
  /** Resolves when everything emitted and written so far is settled, well or badly. */
  flush(): Promise<void>
  stats(): EmitterStats
  /** Refuses further emits with `closed`, flushes, and closes the connection, if it is the emitter's own. */
  close(): Promise<void>
}

/**
 * Validates events and appends them, with retries and idempotence.
 *
 * @example
 * const emitter = createEmitter({ to: log })
 * const { position } = await emitter.emit(session({ sessionId }), 'thinking', { iteration: 1 })
 *
 * @throws SteadywireError `invalid_option`; `not_supported` for a transport that can't append
 */
export function createEmitter(options: EmitterOptions): Emitter {
  const { clock = systemClock, random = systemRandom, id = randomId } = options
  const deadlineMs = positive('deadlineMs', options.deadlineMs, 10_000)
  const own =
    'connect' in options.to ? connectAppender(options.to, { ...options, clock, random, deadlineMs }) : undefined
  const target = own ?? (options.to as Appender)
  const observe = quietly(options.observe)
  const writers = new Set<TextWriter>()
  const logged = new Set<ErrorCode>()
  const counts = { appended: 0, duplicate: 0, failed: 0, retries: 0 }
  let closing: Promise<void> | undefined

  const queue = createAppendQueue({
    ...checkPeriods(options, target.keyWindowMs),
    to: target,
    clock,
    random,
    deadlineMs,
    backoff: options.backoff ?? {},
    maxQueued: positive('maxQueued', options.maxQueued, 10_000),
    maxBatch: positive('batch.maxEvents', options.batch?.maxEvents, 100),
    maxBatchBytes: positive('batch.maxBytes', options.batch?.maxBytes, 262_144),
    saw(stage, topic, { draft }, seq) {
      if (stage === 'appended' || stage === 'duplicate') counts[stage]++
      observe?.({ at: clock.now(), kind: 'event', stage, topic, type: draft.type, id: draft.id, seq, time: 0 })
    },
    retried: () => void counts.retries++,
  })

  /** Takes its place in the queue before it returns, so that calls keep their order. */
  const push = async (entries: readonly LooseEntry<string>[]): Promise<Appended[]> => {
    const sized = entries.map((entry) =>
      heard(prepareDraft(entry.topic, topicName(entry.topic), entry.type, entry.data, entry, id())),
    )
    const topics = new Map<string, number[]>()
    for (const [index, { topic }] of entries.entries()) {
      const name = topicName(topic)
      const places = topics.get(name)
      if (places) places.push(index)
      else topics.set(name, [index])
    }
    const all = sized.some((draft) => draft instanceof Promise) ? Promise.all(sized) : (sized as SizedDraft[])
    const groups = [...topics].map(([topic, places]): Group => {
      const own = (drafts: readonly SizedDraft[]) => places.map((place) => drafts[place] as SizedDraft)
      return { topic, count: places.length, drafts: all instanceof Promise ? heard(all.then(own)) : own(all) }
    })
    const settled = await Promise.allSettled(queue.push(groups))
    const answers: Appended[] = []
    for (const [index, places] of [...topics.values()].entries()) {
      const outcome = settled[index]
      if (outcome?.status !== 'fulfilled') throw outcome?.reason
      for (const [at, place] of places.entries()) answers[place] = outcome.value[at] as Appended
    }
    return answers
  }

  const report = (error: SteadywireError, count: number): void => {
    counts.failed += count
    observe?.({ at: clock.now(), kind: 'error', error })
  }

  const open = (): void => {
    if (closing) throw new SteadywireError('closed', 'The emitter is closed', { hint: 'Emit before close().' })
  }

  const send = async (entries: readonly LooseEntry<string>[]): Promise<Appended[]> => {
    try {
      open()
      return await push(entries)
    } catch (thrown) {
      const error = isSteadywireError(thrown)
        ? thrown
        : new SteadywireError('invalid_option', messageOf(thrown), { cause: thrown })
      report(error, entries.length)
      throw error
    }
  }

  const sendOne = async (topic: TopicLike, type: string, data: unknown, extras?: EmitOptions): Promise<Appended> => {
    const [answer] = await send([{ ...extras, topic, type, data }])
    return answer as Appended
  }

  /** Where the caller may not look at the outcome and nobody observes, the first failure of each code is logged. */
  const overlooked = (error: SteadywireError): void => {
    if (observe || logged.has(error.code)) return
    logged.add(error.code)
    console.error(`steadywire: ${error.code}: ${error.message}${error.hint ? ` (${error.hint})` : ''}`)
  }

  const flush = async (): Promise<void> => {
    await Promise.all([...writers].map((writer) => writer.flush()))
    await queue.flush()
  }

  return {
    emit: sendOne,
    async tryEmit(topic, type, data, extras) {
      try {
        return { ok: true, ...(await sendOne(topic, type, data, extras)) }
      } catch (thrown) {
        const error = thrown as SteadywireError
        overlooked(error)
        return { ok: false, error }
      }
    },
    emitAll: send as Emitter['emitAll'],
    text(topic, type, toData, extras = {}) {
      open()
      const writer = createTextWriter({
        ...extras,
        clock,
        maxBytes: typeof topic === 'string' ? defaultMaxBytes : topic.maxBytes,
        toData,
        send: (pieces) => push(pieces.map((data) => ({ ...extras, topic, type, data }))),
        failed(error) {
          report(error, 1)
          overlooked(error)
        },
        ended: () => writers.delete(writer),
      })
      writers.add(writer)
      return writer
    },
    flush,
    stats: () => ({
      appended: counts.appended,
      duplicates: counts.duplicate,
      failed: counts.failed,
      retries: counts.retries,
      queued: queue.queued,
    }),
    close() {
      closing ??= Promise.all([...writers].map((writer) => writer.end().catch(() => {})))
        .then(() => queue.flush())
        .then(() => own?.close())
      return closing
    },
  }
}

function checkPeriods({ giveUpAfterMs }: EmitterOptions, keyWindowMs = 300_000) {
  const limit = positive('giveUpAfterMs', giveUpAfterMs, Math.min(60_000, keyWindowMs))
  if (limit <= keyWindowMs) return { giveUpAfterMs: limit, keyWindowMs }
  throw new SteadywireError(
    'invalid_option',
    `giveUpAfterMs is ${limit}, but ids are remembered for ${keyWindowMs} ms`,
    {
      hint: 'Retrying longer than the log remembers ids would make second events.',
    },
  )
}

/** Another failure may be reported first: what this promise rejects with is then nobody's business. */
function heard<T>(value: T): T {
  if (value instanceof Promise) value.catch(() => {})
  return value
}

function positive(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (value > 0) return value
  throw new SteadywireError('invalid_option', `${name} is ${value}`, { hint: 'Give a number above 0.' })
}

function quietly(observe: Observe | undefined): Observe | undefined {
  return (
    observe &&
    ((record) => {
      try {
        observe(record)
      } catch {
        // An observer's failure is its own.
      }
    })
  )
}
