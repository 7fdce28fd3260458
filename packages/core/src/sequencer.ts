import { isSkip, markOf, type Position, type WireEvent, type WireItem } from './event.ts'
import type { Continuity, Gap, GapReason } from './gap.ts'
import type { Page, ReadRange } from './transport.ts'

/**
 * Puts one subscription's events into order: a pure function from state and input to state and outputs. Replayed and
 * live events take the same way: what comes in its place is accepted, what is at or below the position is a repeat, and
 * whatever does not fit is not reordered but read from the log.
 */
export interface SequencerState {
  readonly topic: string
  /** Where to start, while that is not pinned to a position. */
  readonly origin: Origin | undefined
  /** The last position that was accepted. */
  readonly at: Position
  /**
   * `detached`: no feed. `reading`: a page is under way, live items wait for it. `doubting`: the log contradicts the
   * position and is asked again. `live`: the position is confirmed, and live items are taken.
   */
  readonly phase: 'detached' | 'reading' | 'doubting' | 'live'
  /** The highest seq that is known to exist. */
  readonly wanted: number
  /** Live items that came while a page was under way. */
  readonly waiting: readonly WireItem[]
  /** Something spoke against the position while a page was under way: read once more. */
  readonly suspicious: boolean
  readonly doubt: { readonly since: number; readonly last: number } | undefined
  /** Since when pages end below a head that was heard of. */
  readonly laggingSince: number | undefined
  /** The app's state was asked for in this process. */
  readonly loaded: boolean
  /** The verdict of this attach, as far as it is counted; undefined once it was given. */
  readonly tally: Tally | undefined
}

/** While the newest `of` are looked for: `last` are missing still, and they are `below` that seq. */
export type Origin = 'now' | { readonly last: number; readonly below?: number; readonly of?: number }

interface Tally {
  readonly fresh: boolean
  readonly count: number
  readonly gap: Gap | undefined
  /** Caught up at this seq; undefined until the first page of the attach. */
  readonly target: number | undefined
}

export type SequencerInput =
  /** Attaching begins: from now on the feed may speak. */
  | { readonly kind: 'attachStarted' }
  /** A page came: the attachment's, or one that was asked for. `room`: how many events can be taken. */
  | { readonly kind: 'pageRead'; readonly page: Page; readonly now: number; readonly room: number }
  | { readonly kind: 'itemsReceived'; readonly items: readonly WireItem[]; readonly room: number }
  /** Without `at`: verify. */
  | { readonly kind: 'headHeard'; readonly at?: Position }
  | { readonly kind: 'roomMade' }
  | { readonly kind: 'detached' }

export type SequencerOutput =
  | { readonly kind: 'accept'; readonly events: readonly WireEvent[]; readonly stage: 'received' | 'read' }
  /** The position went on without an event (skipped, hidden, pinned). */
  | { readonly kind: 'move'; readonly to: Position }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'repeat'; readonly event: WireEvent }
  /** Read this range; without `in`, at once. */
  | {
      readonly kind: 'read'
      readonly range: Omit<ReadRange, 'limit'> & { readonly limit?: number }
      readonly inMs?: number
    }
  /** The app's state must be loaded before what follows. */
  | { readonly kind: 'load'; readonly reason: 'attach' | GapReason; readonly at: Position; readonly over: boolean }
  | { readonly kind: 'doubt' }
  /** The doubt is over. */
  | { readonly kind: 'agree' }
  | { readonly kind: 'verdict'; readonly continuity: Continuity }
  | { readonly kind: 'end' }

export interface SequencerStep {
  readonly state: SequencerState
  readonly outputs: readonly SequencerOutput[]
}

export interface SequencerRules {
  /** How long a contradiction must last before it is believed, ms. */
  readonly staleMs: number
  /** How many live items may wait for a page. */
  readonly maxWaiting: number
}

const askAgainMs = 1000
const nothing: readonly never[] = []

export function startSequencer(topic: string, from: Origin | Position): SequencerState {
  const origin = from === 'now' || 'last' in from ? from : undefined
  const at = origin === undefined ? (from as Position) : { seq: 0 }
  return {
    topic,
    origin,
    at,
    phase: 'detached',
    wanted: 0,
    waiting: nothing,
    suspicious: false,
    doubt: undefined,
    laggingSince: undefined,
    loaded: false,
    tally: { fresh: origin !== undefined || at.epoch === undefined, count: 0, gap: undefined, target: undefined },
  }
}

export function sequence(state: SequencerState, input: SequencerInput, rules: SequencerRules): SequencerStep {
  switch (input.kind) {
    case 'itemsReceived':
      return state.phase === 'live' ? takeItems(state, input.items, input.room) : keepItems(state, input.items, rules)
    case 'pageRead':
      if (state.phase === 'detached') return { state, outputs: nothing }
      return takePage(state, { ...input, page: straight(input.page) }, rules)
    case 'headHeard':
      return takeHead(state, input.at)
    case 'roomMade':
      return state.phase === 'live' && state.at.seq < state.wanted ? readOn(state, []) : { state, outputs: nothing }
    case 'attachStarted':
      return {
        state: {
          ...state,
          origin: anew(state.origin),
          phase: 'reading',
          tally: { ...(state.tally ?? newTally), target: undefined },
        },
        outputs: nothing,
      }
    case 'detached':
      return { state: { ...state, phase: 'detached', waiting: nothing, suspicious: false }, outputs: nothing }
  }
}

const newTally: Tally = { fresh: false, count: 0, gap: undefined, target: undefined }

// --- live items ---

/**
 * The state after one live event that simply follows, by far the most common input; undefined if `sequence` must judge
 * it. It says what `sequence` would say, without the lists.
 */
export function followOn(state: SequencerState, item: WireItem): SequencerState | undefined {
  const { at } = state
  if (state.phase !== 'live' || isSkip(item) || item.seq !== at.seq + 1 || item.epoch !== at.epoch) return undefined
  if (item.final || state.wanted > item.seq || differ(at.mark, item.prev)) return undefined
  return moved(state, { epoch: item.epoch, seq: item.seq, mark: markOf(item.id) }, item.seq)
}

function takeItems(state: SequencerState, items: readonly WireItem[], room: number, readInMs?: number): SequencerStep {
  let { epoch, seq, mark } = state.at
  const outputs: SequencerOutput[] = []
  const accepted: WireEvent[] = []
  let suspicious = false
  let wanted = state.wanted
  for (const item of items) {
    if (epoch !== undefined && item.epoch !== epoch) {
      suspicious = true
      continue
    }
    const skip = isSkip(item)
    const last = skip ? item.skip[1] : item.seq
    if (last <= seq) {
      if (last === seq && differ(mark, skip ? item.mark : markOf(item.id))) suspicious = true
      else if (!skip) outputs.push({ kind: 'repeat', event: item })
      continue
    }
    if (last > wanted) wanted = last
    const first = skip ? item.skip[0] : last
    if (suspicious || first > seq + 1 || accepted.length >= room) continue
    if (first === seq + 1 && differ(mark, item.prev)) {
      suspicious = true
      continue
    }
    epoch = item.epoch
    seq = last
    if (skip) mark = item.mark
    else {
      mark = markOf(item.id)
      accepted.push(item)
    }
  }
  const behind = suspicious || (seq < wanted && accepted.length < room)
  if (seq === state.at.seq && !behind && wanted === state.wanted) return { state, outputs }
  const at: Position = seq === state.at.seq ? state.at : position(epoch, seq, mark)
  const final = accepted.at(-1)
  if (final) outputs.push({ kind: 'accept', events: accepted, stage: 'received' })
  if (final?.seq !== seq && seq !== state.at.seq) outputs.push({ kind: 'move', to: at })
  const next = moved(state, at, wanted)
  if (final?.final && final.seq === seq) return ended(next, outputs)
  if (behind) return readOn(next, outputs, suspicious ? undefined : readInMs)
  return { state: next, outputs }
}

/** The state at another place. Spelled out, since this runs for every live event and a spread costs several times more. */
function moved(state: SequencerState, at: Position, wanted: number): SequencerState {
  return {
    topic: state.topic,
    origin: state.origin,
    at,
    phase: state.phase,
    wanted,
    waiting: state.waiting,
    suspicious: state.suspicious,
    doubt: state.doubt,
    laggingSince: state.laggingSince,
    loaded: state.loaded,
    tally: state.tally,
  }
}

function keepItems(state: SequencerState, items: readonly WireItem[], rules: SequencerRules): SequencerStep {
  if (state.phase === 'detached') return { state, outputs: nothing }
  let { wanted, suspicious } = state
  const waiting = [...state.waiting]
  for (const item of items) {
    if (state.at.epoch !== undefined && item.epoch !== state.at.epoch) suspicious = true
    else {
      if (state.at.epoch !== undefined) wanted = Math.max(wanted, isSkip(item) ? item.skip[1] : item.seq)
      if (waiting.length < rules.maxWaiting) waiting.push(item)
      else if (state.at.epoch === undefined) suspicious = true
    }
  }
  return { state: { ...state, waiting, wanted, suspicious }, outputs: nothing }
}

// --- heads ---

function takeHead(state: SequencerState, head: Position | undefined): SequencerStep {
  if (state.phase === 'detached' || state.origin) return { state, outputs: nothing }
  const { at } = state
  const contradicts =
    !head ||
    (at.epoch !== undefined &&
      (head.epoch !== at.epoch || head.seq < at.seq || (head.seq === at.seq && differ(at.mark, head.mark))))
  const wanted = contradicts ? state.wanted : Math.max(state.wanted, head.seq)
  if (state.phase === 'live') {
    if (contradicts || wanted > at.seq) return readOn({ ...state, wanted }, [])
    return { state, outputs: nothing }
  }
  return { state: { ...state, wanted, suspicious: state.suspicious || contradicts }, outputs: nothing }
}

// --- pages ---

function takePage(
  before: SequencerState,
  { page, now, room }: { readonly page: Page; readonly now: number; readonly room: number },
  rules: SequencerRules,
): SequencerStep {
  const outputs: SequencerOutput[] = []
  let state = before
  if (state.origin) {
    const pinned = pin(state, state.origin, page)
    if ('read' in pinned) return { state: pinned.state, outputs: [pinned.read] }
    state = pinned.state
    outputs.push({ kind: 'move', to: state.at })
  }
  const reason = contradiction(state.at, page)
  if (reason) {
    const kept = state.doubt && now - state.doubt.last <= 3 * Math.max(rules.staleMs, askAgainMs)
    const doubt = { since: kept && state.doubt ? state.doubt.since : now, last: now }
    if (now - doubt.since < rules.staleMs)
      return {
        state: { ...state, phase: 'doubting', doubt, suspicious: false },
        outputs: [{ kind: 'doubt' }, { ...readAfter(state.at), inMs: Math.min(askAgainMs, rules.staleMs) }],
      }
    const to = position(page.epoch, page.head, page.mark)
    state = { ...withGap(state, reason, to, outputs), wanted: page.head }
  } else if (state.at.seq + 1 < page.oldest && state.at.seq < page.through)
    state = withGap(state, 'trimmed', below(page), outputs)

  if (state.doubt) outputs.push({ kind: 'agree' })
  const lostTo = outputs.findLast((output) => output.kind === 'gap')?.gap
  if (lostTo || !state.loaded)
    outputs.push({
      kind: 'load',
      reason: state.loaded && lostTo ? lostTo.reason : 'attach',
      at: state.at,
      over: reason !== undefined,
    })

  const events = reason ? [] : eventsAfter(state.at.seq, page)
  const taken = events.length > room ? events.slice(0, room) : events
  const cut = taken.length < events.length
  const last = taken.at(-1)
  let at = state.at
  if (cut && last) at = position(page.epoch, last.seq, markOf(last.id))
  else if (!cut && !reason && page.through >= at.seq)
    at = position(
      page.epoch,
      page.through,
      page.throughMark ??
        (last?.seq === page.through ? markOf(last.id) : at.seq === page.through ? at.mark : undefined),
    )
  if (last) outputs.push({ kind: 'accept', events: taken, stage: 'read' })
  if (at.seq !== (last?.seq ?? state.at.seq) || (at.epoch !== state.at.epoch && !last))
    outputs.push({ kind: 'move', to: at })
  const tally = state.tally && {
    ...state.tally,
    count: state.tally.count + taken.length,
    target: state.tally.target ?? Math.max(page.head, at.seq),
  }
  const progressed = at.seq > before.at.seq || before.origin !== undefined || reason !== undefined
  const wanted = Math.max(state.wanted, page.head)
  const laggingSince = progressed || page.head >= wanted ? undefined : (state.laggingSince ?? now)
  const outlasted = laggingSince !== undefined && now - laggingSince >= rules.staleMs
  // What waited since before another log was believed in may be of the one that is gone.
  const waiting = reason ? [] : state.waiting.filter((item) => item.epoch === at.epoch || at.epoch === undefined)
  const next: SequencerState = {
    ...state,
    at,
    phase: 'live',
    loaded: true,
    wanted: outlasted ? page.head : wanted,
    waiting: nothing,
    suspicious: false,
    doubt: undefined,
    laggingSince: outlasted ? undefined : laggingSince,
    tally,
  }
  return goOn(next, page, outputs, {
    waiting,
    again: state.suspicious || waiting.length < state.waiting.length,
    progressed,
    room: room - taken.length,
  })
}

/** After a page: the items that waited for it, the verdict, and the next page if the head is beyond. */
function goOn(
  state: SequencerState,
  page: Page,
  outputs: SequencerOutput[],
  left: {
    readonly waiting: readonly WireItem[]
    readonly again: boolean
    readonly progressed: boolean
    readonly room: number
  },
): SequencerStep {
  const judged = judge(state, outputs)
  if (page.sealed && judged.at.seq >= page.head) return ended(judged, outputs)
  if (left.again) return readOn({ ...judged, waiting: left.waiting }, outputs)
  if (left.room <= 0) return { state: { ...judged, wanted: highest(judged.wanted, left.waiting) }, outputs }
  const inMs = left.progressed ? undefined : askAgainMs
  if (judged.at.seq < page.head) return readOn({ ...judged, waiting: left.waiting }, outputs, inMs)
  const step = takeItems(judged, left.waiting, left.room, inMs)
  return { state: step.state, outputs: [...outputs, ...step.outputs] }
}

/** A page that is out of order, or claims more than its log has, would lose events in silence: it is put right. */
function straight(page: Page): Page {
  const { events, oldest, head } = page
  const ordered = events.every((event, index) => index === 0 || event.seq > (events[index - 1] as WireEvent).seq)
  if (ordered && page.through <= head && oldest <= head + 1) return page
  const { throughMark, ...rest } = page
  return {
    ...rest,
    oldest: Math.min(oldest, head + 1),
    events: [...events].sort((a, b) => a.seq - b.seq),
    ...(page.through > head ? { through: head } : throughMark !== undefined && { throughMark }),
  }
}

/** Turns the origin into a position, or says what must be read for that. */
function pin(
  state: SequencerState,
  origin: Origin,
  page: Page,
): { readonly state: SequencerState } | { readonly state: SequencerState; readonly read: SequencerOutput } {
  if (origin === 'now')
    return { state: { ...state, origin: undefined, at: position(page.epoch, page.head, page.mark) } }
  const first = page.events[0]
  const asked = 'below' in origin
  const missing = origin.last - (asked ? page.events.length : 0)
  const lowest = asked ? (first?.seq ?? origin.below) : undefined
  if (page.epoch !== undefined && page.head > 0 && (!asked || (first && missing > 0 && first.seq > page.oldest))) {
    const below = lowest ?? page.head + 1
    return {
      state: { ...state, origin: { last: missing, below, of: origin.of ?? origin.last } },
      read: { kind: 'read', range: { last: true, limit: missing, ...(asked && { before: below }) } },
    }
  }
  const seq = asked && lowest !== undefined ? Math.min(lowest, page.head + 1) - 1 : page.head
  return {
    state: { ...state, origin: undefined, at: position(page.epoch, seq, seq === page.head ? page.mark : undefined) },
  }
}

/** What a broken attach had found of an origin is not to be mistaken for the answer of the next one. */
function anew(origin: Origin | undefined): Origin | undefined {
  return origin === undefined || origin === 'now' ? origin : { last: origin.of ?? origin.last }
}

/** Where the trimmed part of a page's log ends. */
function below({ epoch, oldest, through, throughMark }: Page): Position {
  return position(epoch, oldest - 1, through === oldest - 1 ? throughMark : undefined)
}

/** How a page speaks against a position, if it does. */
function contradiction(at: Position, page: Page): 'epoch' | 'rewound' | undefined {
  if (at.epoch === undefined) return undefined
  if (page.epoch !== at.epoch) return 'epoch'
  const rewound =
    page.rewound ||
    page.head < at.seq ||
    (page.head === at.seq && differ(at.mark, page.mark)) ||
    (page.through === at.seq && differ(at.mark, page.throughMark))
  return rewound ? 'rewound' : undefined
}

function eventsAfter(seq: number, page: Page): readonly WireEvent[] {
  let last = seq
  const fits = (event: WireEvent): boolean => {
    const ok = event.seq > last && event.seq <= page.through && event.epoch === page.epoch
    if (ok) last = event.seq
    return ok
  }
  return page.events.filter(fits)
}

function withGap(state: SequencerState, reason: GapReason, to: Position, outputs: SequencerOutput[]): SequencerState {
  const gap: Gap = { topic: state.topic, reason, from: state.at, to }
  outputs.push({ kind: 'gap', gap })
  const tally = state.tally && { ...state.tally, gap: state.tally.gap ? { ...gap, from: state.tally.gap.from } : gap }
  return { ...state, at: to, tally }
}

function judge(state: SequencerState, outputs: SequencerOutput[]): SequencerState {
  const { tally } = state
  if (!tally || tally.target === undefined || state.at.seq < tally.target) return state
  const { fresh, count, gap } = tally
  const continuity: Continuity = gap
    ? { kind: 'lost', count, gap }
    : fresh
      ? { kind: 'fresh', count }
      : count > 0
        ? { kind: 'recovered', count }
        : { kind: 'continuous' }
  outputs.push({ kind: 'verdict', continuity })
  return { ...state, tally: undefined }
}

function ended(state: SequencerState, outputs: SequencerOutput[]): SequencerStep {
  outputs.push({ kind: 'end' })
  return { state: { ...state, phase: 'detached', waiting: nothing }, outputs }
}

function readOn(state: SequencerState, outputs: SequencerOutput[], inMs?: number): SequencerStep {
  outputs.push({ ...readAfter(state.at), ...(inMs !== undefined && { inMs }) })
  return { state: { ...state, phase: 'reading' }, outputs }
}

function readAfter(at: Position): { readonly kind: 'read'; readonly range: { readonly after: Position } } {
  return { kind: 'read', range: { after: at } }
}

function position(epoch: string | undefined, seq: number, mark: string | undefined): Position {
  if (epoch !== undefined && mark !== undefined) return { epoch, seq, mark }
  return { ...(epoch !== undefined && { epoch }), seq, ...(mark !== undefined && { mark }) }
}

function highest(wanted: number, items: readonly WireItem[]): number {
  return items.reduce((most, item) => Math.max(most, isSkip(item) ? item.skip[1] : item.seq), wanted)
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b
}
