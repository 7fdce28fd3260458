import { type ErrorCode, type WireError, type WireErrorKind, wireError } from './errors.ts'
import type { Appended, Position, WireEvent, WireItem } from './event.ts'
import type { Attachment, Head } from './transport.ts'

export { utf8Length } from './json.ts'
export * from './protocol-encode.ts'
export * from './protocol-values.ts'
export * from './unless-aborted.ts'

/**
 * What a server says on an open connection, parsed. PROTOCOL.md describes every frame. `number` names the attach that
 * is answered, as the client numbered it.
 */
export type Frame =
  | {
      readonly kind: 'hello'
      readonly version: number
      readonly stream: string
      readonly heartbeatMs: number
      /** How large a message of the client may be. */
      readonly maxBytes?: number
    }
  | { readonly kind: 'items'; readonly topic: string; readonly items: readonly WireItem[] }
  | { readonly kind: 'heads'; readonly heads: ReadonlyMap<string, Position> }
  | { readonly kind: 'attached'; readonly topic: string; readonly number: unknown; readonly page: Attachment }
  | { readonly kind: 'failed'; readonly topic: string; readonly number: unknown; readonly error: WireError }
  | { readonly kind: 'verify'; readonly topic: string }
  | { readonly kind: 'lost'; readonly topic: string; readonly error: WireError }
  | { readonly kind: 'closing'; readonly error: WireError }
  /** Of a newer server: passed over. */
  | { readonly kind: 'unknown' }

type Fields = Record<string, unknown>

/** Told of each item that was left out because it is no event. The core reads what is missing from the log. */
export type ReportBadItem = (error: WireError) => void

/** Parses one frame of a wire that carries text: one `JSON.parse`, then {@link readFrame}. */
export function parseFrame(text: string, report: ReportBadItem, token?: string): Frame {
  return readFrame(parseJson(text), report, token)
}

/**
 * Checks one frame that was parsed already. The items are used as they are, with `topic` and `epoch` assigned: the value
 * must be nobody else's.
 *
 * @param token The token in use: a refused one is named in the error, so that it is not held against a newer one.
 * @throws WireError `protocol` (kind `retry`) for what is no frame.
 */
export function readFrame(value: unknown, report: ReportBadItem, token?: string): Frame {
  const frame = record(value, 'the frame')
  if ('items' in frame) return itemsFrame(frame, report)
  if ('heads' in frame)
    return { kind: 'heads', heads: new Map(Object.entries(record(frame.heads, 'heads')).map(headEntry)) }
  if ('attached' in frame) {
    const topic = name(frame.attached, 'attached')
    return { kind: 'attached', topic, number: frame.number, page: parsePage(frame.page, topic, report) }
  }
  if ('failed' in frame)
    return {
      kind: 'failed',
      topic: name(frame.failed, 'failed'),
      number: frame.number,
      error: parseError(frame.error, token),
    }
  if ('verify' in frame) return { kind: 'verify', topic: name(frame.verify, 'verify') }
  if ('lost' in frame) return { kind: 'lost', topic: name(frame.lost, 'lost'), error: parseError(frame.error, token) }
  if ('closing' in frame) return { kind: 'closing', error: parseError(frame.closing, token) }
  if ('hello' in frame) return hello(record(frame.hello, 'hello'))
  return { kind: 'unknown' }
}

/** Parses the JSON of a page or an attachment. @throws WireError `protocol` */
export function parsePage(value: unknown, topic: string, report: ReportBadItem): Attachment {
  const page = record(value, 'a page')
  const head = parseHead(page)
  return {
    ...head,
    through: count(page.through, 'through'),
    ...(page.throughMark !== undefined && { throughMark: mark(page.throughMark) }),
    ...(page.rewound === true && { rewound: true as const }),
    ...(typeof page.expiresIn === 'number' && { expiresIn: page.expiresIn }),
    events: (head.epoch === undefined ? [] : list(page.events, 'events')).filter((item): item is WireEvent => {
      if (!('skip' in Object(item)) && isItem(item, topic, head.epoch ?? '')) return true
      report(badItem(item, topic))
      return false
    }),
  }
}

/** Parses the JSON of a head. @throws WireError `protocol` */
export function parseHead(value: unknown): Head {
  const head = record(value, 'a head')
  return {
    ...(head.epoch !== undefined && { epoch: checkedEpoch(head.epoch) }),
    oldest: count(head.oldest, 'oldest'),
    head: count(head.head, 'head'),
    ...(head.mark !== undefined && { mark: mark(head.mark) }),
    ...(head.sealed === true && { sealed: true }),
  }
}

/** Parses the heads of several topics: an object, topic → head. @throws WireError `protocol` */
export function parseHeads(value: unknown): ReadonlyMap<string, Head> {
  return new Map(Object.entries(record(value, 'heads')).map(([topic, head]) => [topic, parseHead(head)]))
}

/** Parses the answers to an append. @throws WireError `protocol` */
export function parseAppended(value: unknown): readonly Appended[] {
  return list(value, 'appended').map((each) => {
    const appended = record(each, 'appended')
    return { position: parsePosition(list(appended.position, 'position')), duplicate: appended.duplicate === true }
  })
}

/** Parses the JSON of an error. What can't be understood is a failure that may pass. */
export function parseError(value: unknown, token?: string): WireError {
  const { kind, code, message, hint, retryAfterMs } = isRecord(value) ? value : {}
  return wireError(
    isKind(kind) ? kind : 'retry',
    isCode(code) ? code : 'unavailable',
    String(message ?? 'The server failed'),
    {
      ...(typeof hint === 'string' && { hint }),
      ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0 && { retryAfterMs }),
      ...(kind === 'auth' && token !== undefined && { token }),
    },
  )
}

function itemsFrame(frame: Fields, report: ReportBadItem): Frame {
  const topic = name(frame.topic, 'topic')
  const epoch = checkedEpoch(frame.epoch)
  const items = list(frame.items, 'items')
  if (frame.prev !== undefined && isRecord(items[0])) items[0].prev = frame.prev
  return {
    kind: 'items',
    topic,
    items: items.filter((item): item is WireItem => {
      if (isItem(item, topic, epoch)) return true
      report(badItem(item, topic))
      return false
    }),
  }
}

const validId = /^[\w.:-]{1,128}$/
const validEpoch = /^[\w.:-]{1,64}$/

/** Fills in what the frame says once for all of its items, and checks the rest. */
function isItem(item: unknown, topic: string, epoch: string): item is WireItem {
  if (!isRecord(item) || !isText(item.prev)) return false
  item.epoch = epoch
  if ('skip' in item) {
    const [from, to] = Array.isArray(item.skip) ? item.skip : []
    return isCount(from) && isCount(to) && from > 0 && to >= from && (item.mark === undefined || isMark(item.mark))
  }
  item.topic = topic
  return (
    typeof item.id === 'string' &&
    validId.test(item.id) &&
    isCount(item.seq) &&
    item.seq > 0 &&
    typeof item.type === 'string' &&
    isTime(item.time) &&
    (item.data !== undefined || item.truncated === true) &&
    (item.truncated === undefined || item.truncated === true) &&
    (item.final === undefined || item.final === true) &&
    isText(item.key) &&
    isText(item.actor) &&
    (item.entity === undefined ||
      (isRecord(item.entity) && typeof item.entity.type === 'string' && isText(item.entity.id)))
  )
}

function badItem(item: unknown, topic: string): WireError {
  const seq = isRecord(item) ? item.seq : undefined
  return wireError(
    'retry',
    'protocol',
    `An event of ${topic} (seq ${JSON.stringify(seq)}) is malformed and was left out`,
    {
      topic,
      hint: 'Look at what the server sends: id, seq, type, time and data must be as PROTOCOL.md says.',
    },
  )
}

function hello(frame: Fields): Frame {
  const version = count(frame.v, 'v')
  if (version !== 1)
    throw wireError(
      'config',
      'protocol',
      `The server speaks version ${version} of the protocol, this client version 1`,
      {
        hint: 'Update @steadywire packages on both sides.',
      },
    )
  return {
    kind: 'hello',
    version,
    stream: name(frame.stream, 'stream'),
    heartbeatMs: count(frame.heartbeatMs, 'heartbeatMs'),
    ...(frame.maxBytes !== undefined && { maxBytes: count(frame.maxBytes, 'maxBytes') }),
  }
}

const headEntry = ([topic, value]: [string, unknown]): [string, Position] => [
  topic,
  parsePosition(list(value, 'a head')),
]

function parsePosition([epoch, seq, markAt]: readonly unknown[]): Position {
  return {
    ...(epoch !== null && { epoch: checkedEpoch(epoch) }),
    seq: count(seq, 'seq'),
    ...(markAt !== undefined && { mark: mark(markAt) }),
  }
}

function checkedEpoch(value: unknown): string {
  return typeof value === 'string' && validEpoch.test(value) ? value : broken('epoch')
}

function mark(value: unknown): string {
  return isMark(value) ? value : broken('mark')
}

function name(value: unknown, what: string): string {
  return typeof value === 'string' ? value : broken(what)
}

function count(value: unknown, what: string): number {
  return isCount(value) ? value : broken(what)
}

function list(value: unknown, what: string): unknown[] {
  return Array.isArray(value) ? value : broken(what)
}

function record(value: unknown, what: string): Fields {
  return isRecord(value) ? value : broken(what)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function broken(what: string): never {
  throw wireError('retry', 'protocol', `What the server sent is not of this protocol: ${what} is malformed`, {
    hint: 'Something between client and server may change the stream, or the address belongs to another service.',
  })
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isTime = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'
const isMark = (value: unknown): value is string => typeof value === 'string' && /^[\w.:-]{0,8}$/.test(value)
const isKind = (value: unknown): value is WireErrorKind => /^(retry|auth|refused|config)$/.test(String(value))
/** Any: a newer server may know more codes. */
const isCode = (value: unknown): value is ErrorCode => typeof value === 'string' && /^[a-z_]{1,40}$/.test(value)
