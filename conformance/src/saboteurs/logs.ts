import type { Appended, WireEvent } from '@steadywire/core'
import type { EventLog } from '@steadywire/server'
import type { LogHarness, LogSetup } from '../log/index.ts'
import { createReferenceLog, type ReferenceLog, type TopicState } from '../reference-log.ts'
import { controls } from './healthy.ts'
import { type Saboteur, withoutMark } from './saboteur.ts'

/** Logs that are broken in one way each. */
export const logSaboteurs: readonly Saboteur<LogHarness>[] = [
  breaks('burns a number for each repeat', ['D1e'], (log) => ({
    async append(topic, drafts, by) {
      const answers = await log.append(topic, drafts, by)
      const state = log.state(topic)
      if (state && answers.some(({ duplicate }) => duplicate)) state.head += 1
      return answers
    },
  })),
  breaks('shows a later event before an earlier one', ['D1f'], (log) => {
    const late = new Map<string, number>()
    return {
      async read(topic, range) {
        const page = await log.read(topic, range)
        const shown = (event: WireEvent): boolean => {
          const looks = (late.get(event.id) ?? 0) + 1
          late.set(event.id, looks)
          return event.seq % 7 !== 0 || looks > 3
        }
        return { ...page, events: page.events.filter(shown) }
      },
    }
  }),
  breaks('reads events and head in two steps', ['D1b'], (log) => ({
    async read(topic, range) {
      const page = await log.read(topic, range)
      const { head, mark } = await log.read(topic, { limit: 1 })
      const through = page.through === page.head ? head : page.through
      return { ...page, head, through, ...(mark !== undefined && { mark, throughMark: mark }) }
    },
  })),
  breaks('says that a limited page proves everything', ['D1c'], (log) => ({
    async read(topic, range) {
      const page = await log.read(topic, range)
      return { ...page, through: page.head }
    },
  })),
  breaks('forgets the oldest event of a page', ['D1c'], (log) => ({
    async read(topic, range) {
      const page = await log.read(topic, range)
      return { ...page, events: page.events.length > 5 ? page.events.slice(1) : page.events }
    },
  })),
  breaks('numbers a batch backwards', ['D3'], (log) => ({
    append: async (topic, drafts, by) => [...(await log.append(topic, [...drafts].reverse(), by))].reverse(),
  })),
  breaks('wakes for every second append only', ['D1g'], (log) => ({
    tail(topic, on) {
      let wakes = 0
      return log.tail(topic, { ...on, wake: (events) => void (wakes++ % 2 === 0 && on.wake(events)) })
    },
  })),
  breaks('loses its tails in silence', ['D1g'], (log) => ({
    tail: (topic, on) => log.tail(topic, { ...on, lost: () => {} }),
  })),
  breaks('loses a tail as soon as it wakes', ['D1g'], (log) => ({
    tail: (topic, on) => log.tail(topic, { ...on, wake: () => on.lost(new Error('lost for no reason')) }),
  })),
  breaks('goes on calling a tail that was lost', ['D1g'], (log) => ({
    async tail(topic, on) {
      const stops = [await log.tail(topic, on)]
      const again = () => void log.tail(topic, on).then((stop) => stops.push(stop))
      stops.push(await log.tail(topic, { wake: () => {}, lost: again }))
      return async () => void (await Promise.all(stops.map((stop) => stop())))
    },
  })),
  breaks('gives the events of a tail backwards', ['D1g'], (log) => ({
    tail: (topic, on) => log.tail(topic, { ...on, wake: (events) => on.wake([...events].reverse()) }),
  })),
  breaks('goes on calling a tail that was stopped', ['C7'], (log) => ({
    async tail(topic, on) {
      await log.tail(topic, on)
      return async () => {}
    },
  })),
  breaksTrim('trims from the middle', ['D4g'], (state, seq) => {
    state.rows = state.rows.filter((row) => row.seq === 1 || row.seq > seq)
  }),
  breaksTrim('forgets the mark below the oldest event', ['D4g'], (state, _, trim) => {
    trim()
    state.markBelow = undefined
  }),
  breaksTrim('forgets keys together with their rows', ['E2b'], (state, seq, trim) => {
    trim()
    state.ids = new Map([...state.ids].filter(([, { appended }]) => appended.position.seq > seq))
  }),
  breaksRestart('forgets keys at a restart', ['E2b'], (state) => state.ids.clear()),
  breaks('accepts marks of another history', ['D4h'], (log) => ({
    read: (topic, { after, ...range }) => log.read(topic, { ...range, ...(after && { after: withoutMark(after) }) }),
  })),
  breaks('reads on after a position of another epoch', ['D4h'], (log) => ({
    read: (topic, { after, ...range }) => log.read(topic, { ...range, ...(after && { after: { seq: after.seq } }) }),
  })),
  breaksRestart('renumbers at a restart', ['E1'], (state) => {
    state.head = 0
  }),
  breaksRestart('keeps its epoch when it lost its events', ['D4i'], (_, log, topic) => log.rewind(topic, 0)),
  breaksRestart('takes another epoch at each restart', ['D4i'], (state) => {
    state.epoch = crypto.randomUUID()
  }),
  breaks('acknowledges before it stores', ['E1'], (log) => ({
    async append(topic, drafts, by) {
      const { head, epoch = 'not-yet' } = await log.read(topic, { limit: 1 })
      setTimeout(() => void log.append(topic, drafts, by), 5)
      return drafts.map((_, index): Appended => ({ position: { epoch, seq: head + index + 1 }, duplicate: false }))
    },
  })),
  breaks('loses the last event of a burst', ['E1'], (log) => ({
    async append(topic, drafts, by) {
      const answers = await log.append(topic, drafts.length > 9 ? drafts.slice(0, -1) : drafts, by)
      const last = answers.at(-1)
      return drafts.length > 9 && last ? [...answers, last] : answers
    },
  })),
  breaks('rounds numbers and drops what it does not know', ['E1b'], (log) => ({
    append: (topic, drafts, by) =>
      log.append(
        topic,
        drafts.map(({ id, type, data, key }) => ({ id, type, data, ...(key !== undefined && { key }) })),
        by,
      ),
  })),
  breaks('appends a batch one by one', ['E1a'], (log) => ({
    async append(topic, drafts, by) {
      const answers: Appended[] = []
      for (const draft of drafts) answers.push(...(await log.append(topic, [draft], by)))
      return answers
    },
  })),
  breaks('knows ids but no keys', ['E2'], (log) => ({
    append: (topic, drafts, by) =>
      log.append(
        topic,
        drafts.map(({ key: _, ...draft }) => draft),
        by,
      ),
  })),
  breaks('answers a repeat with the head', ['E2'], (log) => ({
    async append(topic, drafts, by) {
      const answers = await log.append(topic, drafts, by)
      const { head } = await log.read(topic, { limit: 1 })
      return answers.map((answer) =>
        answer.duplicate ? { ...answer, position: { ...answer.position, seq: head } } : answer,
      )
    },
  })),
  breaks('shares keys among all producers', ['E2a'], (log) => ({
    append: (topic, drafts) => log.append(topic, drafts),
  })),
  breaks('ignores the final seal', ['D9c'], (log) => ({
    async append(topic, drafts, by) {
      const answers = await log.append(topic, drafts, by)
      const state = log.state(topic)
      if (state) state.sealed = false
      return answers
    },
  })),
  breaks('refuses the retry of a final append', ['D9c'], (log) => ({
    async append(topic, drafts, by) {
      if (log.state(topic)?.sealed) throw new Error('sealed')
      return log.append(topic, drafts, by)
    },
  })),
  breaks('lets a listener break an append', ['D7b'], (log) => ({
    async append(topic, drafts, by) {
      const answers = await log.append(topic, drafts, by)
      const { events } = await log.read(topic, { last: true, limit: drafts.length })
      for (const on of log.listeners(topic)) on.wake(events)
      return answers
    },
  })),
]

/** A reference log with some methods replaced. */
function breaks(
  name: string,
  clauses: readonly string[],
  replace: (log: ReferenceLog) => Partial<EventLog>,
): Saboteur<LogHarness> {
  return saboteur(name, clauses, (log) => {
    const { keyWindowMs, append, read, tail } = log
    const broken: EventLog = { keyWindowMs, append, read, tail, ...replace(log) }
    return { log: broken, ...controls(log, broken) }
  })
}

/** A reference log that trims in another way; `trim` is the right one. */
function breaksTrim(
  name: string,
  clauses: readonly string[],
  change: (state: TopicState, seq: number, trim: () => void) => void,
): Saboteur<LogHarness> {
  return saboteur(name, clauses, (log) => ({
    log,
    ...controls(log),
    async trim(topic, seq) {
      const state = log.state(topic)
      if (state) change(state, seq, () => log.trim(topic, seq))
    },
  }))
}

/** A reference log that keeps everything over a restart, whatever was said of its data, except for what `change` does. */
function breaksRestart(
  name: string,
  clauses: readonly string[],
  change: (state: TopicState, log: ReferenceLog, topic: string) => void,
): Saboteur<LogHarness> {
  return saboteur(name, clauses, (log) => ({
    log,
    ...controls(log),
    async restart() {
      for (const topic of log.topics()) {
        const state = log.state(topic)
        if (state) change(state, log, topic)
      }
      return log
    },
  }))
}

function saboteur(
  name: string,
  clauses: readonly string[],
  build: (log: ReferenceLog) => LogSetup,
): Saboteur<LogHarness> {
  return { name, clauses, harness: { name, setup: async () => build(createReferenceLog()) } }
}
