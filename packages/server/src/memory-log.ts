import { type Clock, type Cursor, encodeCursor, type Head, randomId, systemClock, wireError } from '@steadywire/core'
import type { EventLog } from './log.ts'
import { parseAppend, parseCount, parseRead, type RetentionOptions, retentionByTopic } from './log-input.ts'
import { memoryTails } from './memory-tails.ts'
import { MemoryTopic, type TopicDump } from './memory-topic.ts'
import { parseTopic } from './parse-input.ts'

export interface MemoryLogOptions extends RetentionOptions {
  /** For how long ids and keys are remembered, ms. Default 24 hours. */
  readonly keyWindowMs?: number
  /**
   * How many appends of one topic are remembered within the window. Default 100,000: a topic that takes more than that
   * in a window forgets the oldest early, and a repeat of one of them is a new event.
   */
  readonly maxRemembered?: number
  /** How many topics there can be; appending to one more is refused with `limit_reached`. Default 100,000. */
  readonly maxTopics?: number
  /** Starts with what another log held, under the same epochs. */
  readonly from?: MemoryLogDump
  readonly clock?: Clock
  /** Names epochs. Default: random. */
  readonly id?: () => string
}

/** Everything that a memory log holds, as plain data (`JSON.stringify` works). */
export interface MemoryLogDump {
  readonly topics: readonly TopicDump[]
}

export interface MemoryLog extends EventLog {
  /** The topic's head: load a snapshot after asking for it, and let the client subscribe from there. */
  cursor(topic: string): Promise<Cursor>
  /** Removes one event's content for good; readers step over its seq. Answers whether there was such an event. */
  erase(topic: string, seq: number): Promise<boolean>
  /** A copy to go on from: `memoryLog({ from })`. */
  dump(): MemoryLogDump
}

/**
 * Keeps the events of topics in this process: for one server process, tests and development. Events are frozen, and
 * share nothing with what was passed in. What retention removes is never read again; a restart loses everything, which
 * subscribers are told by a gap of reason `epoch`.
 *
 * @example
 * const log = memoryLog({ topics: [session], retention: { maxEvents: 1_000, maxAgeMs: 3_600_000 } })
 * @throws SteadywireError `invalid_option`
 */
export function memoryLog(options: MemoryLogOptions = {}): MemoryLog {
  const { clock = systemClock, id = randomId } = options
  const retentionOf = retentionByTopic(options)
  const memory = {
    keyWindowMs: parseCount('keyWindowMs', options.keyWindowMs ?? 86_400_000),
    maxRemembered: parseCount('maxRemembered', options.maxRemembered ?? 100_000),
  }
  const maxTopics = parseCount('maxTopics', options.maxTopics ?? 100_000)
  const topics = new Map<string, MemoryTopic>()
  const tails = memoryTails()
  let sweep = topics.values()

  const open = (from: Pick<TopicDump, 'topic' | 'epoch'>): MemoryTopic =>
    new MemoryTopic(from, { ...memory, retention: retentionOf(from.topic) })
  for (const dump of options.from?.topics ?? []) topics.set(dump.topic, open(dump))

  /** Every append also trims one other topic, so that none outlives its age for long without a timer. */
  const sweepOne = (wall: number): void => {
    const { value, done } = sweep.next()
    if (done) sweep = topics.values()
    else value.trim(wall)
  }

  return {
    keyWindowMs: memory.keyWindowMs,

    async append(topic, drafts, by) {
      const { topic: name, drafts: parsed } = parseAppend(topic, drafts)
      if (parsed.length === 0) return []
      const known = topics.get(name)
      if (!known && topics.size >= maxTopics) throw tooManyTopics(maxTopics)
      const state = known ?? open({ topic: name, epoch: id() })
      const wall = clock.wall()
      const { appended, events } = state.append(parsed, by?.scope ?? '', wall)
      if (!known) topics.set(name, state)
      tails.wake(name, events)
      sweepOne(wall)
      return appended
    },

    async read(topic, range) {
      const state = topics.get(parseRead(topic, range))
      if (!state) return { ...unborn, events: [], through: 0 }
      state.trim(clock.wall())
      return state.read(range)
    },

    async tail(topic, on) {
      return tails.follow(parseTopic(topic), on)
    },

    async cursor(topic) {
      const state = topics.get(parseTopic(topic))
      return encodeCursor(positionOfHead(state?.head() ?? unborn))
    },

    async erase(topic, seq) {
      return topics.get(parseTopic(topic))?.erase(seq) ?? false
    },

    dump() {
      const wall = clock.wall()
      return {
        topics: [...topics.values()].map((state) => {
          state.trim(wall)
          return state.dump()
        }),
      }
    },
  }
}

const unborn: Head = { oldest: 1, head: 0 }

function positionOfHead({ epoch, head, mark }: Head) {
  return { seq: head, ...(epoch !== undefined && { epoch }), ...(mark !== undefined && { mark }) }
}

function tooManyTopics(max: number) {
  return wireError('refused', 'limit_reached', `The memory log holds ${max} topics already`, {
    hint: 'Raise maxTopics, or keep many topics in a database.',
  })
}
