import type { Clock } from './clock.ts'
import type { EmitOptions } from './draft.ts'
import { SteadywireError } from './errors.ts'
import { jsonBytes, toJson } from './json.ts'

export interface TextOptions extends Pick<EmitOptions, 'entity' | 'actor'> {
  /** How long a chunk may wait for more, ms. Default 100. */
  readonly flushMs?: number
  /** How many characters may wait for the log. Default 1,048,576. */
  readonly maxWaiting?: number
}

/** Streamed text on its way into events. */
export interface TextWriter {
  /**
   * Takes a chunk. Never rejects; resolves when there is room for more, so that a fast source can be held back: await it
   * (or pause the source until it resolves). Text written on while `maxWaiting` characters wait fails the writer.
   */
  write(chunk: string): Promise<void>
  /** Sends what was gathered, and resolves when it is settled, well or badly. */
  flush(): Promise<void>
  /**
   * Sends the rest. Resolves when the log has all the text; rejects with the first failure. After a failure nothing more is
   * sent, so what readers have is the beginning of the text, without a hole.
   */
  end(): Promise<void>
}

export interface TextWriterOptions extends TextOptions {
  readonly clock: Clock
  /** The cap of one event's data. */
  readonly maxBytes: number
  toData(text: string): unknown
  /** Appends all or nothing, in order. */
  send(data: readonly unknown[]): Promise<unknown>
  failed(error: SteadywireError): void
  ended(): void
}

const flushChars = 16_384
const piecesAtOnce = 16
const longestEscape = 256
// An ANSI escape that is not complete yet: ESC, a control sequence (ESC [ …), or a string such as a title (ESC ] …).
const openEscape = /\x1b(?:[ -/]*|\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?)$/

export function createTextWriter(options: TextWriterOptions): TextWriter {
  const { clock, flushMs = 100, maxWaiting = 1_048_576 } = options
  let waiting = ''
  let sending: Promise<void> | undefined
  let cancelTimer: (() => void) | undefined
  let failure: SteadywireError | undefined
  let ending: Promise<void> | undefined
  let roomMade: (() => void)[] = []

  const makeRoom = (): void => {
    if (waiting.length > maxWaiting / 2) return
    for (const resolve of roomMade) resolve()
    roomMade = []
  }

  const fail = (error: SteadywireError): void => {
    failure ??= error
    waiting = ''
    makeRoom()
    options.failed(error)
  }

  /** One append at a time: what comes meanwhile goes along in the next one, and a failure leaves no hole. */
  const drain = async (all: boolean): Promise<void> => {
    while (waiting && !failure) {
      try {
        const { pieces, rest } = cutPieces(options, waiting, all || ending !== undefined)
        if (pieces.length === 0) return
        const before = waiting.length
        const sent = options.send(pieces)
        waiting = rest
        if (before > maxWaiting) makeRoom()
        await sent
      } catch (error) {
        fail(error as SteadywireError)
      }
      makeRoom()
    }
  }

  const flush = (all = true): Promise<void> => {
    cancelTimer?.()
    cancelTimer = undefined
    const next = (sending ?? Promise.resolve()).then(() => drain(all))
    sending = next
    return next
  }

  return {
    write(chunk) {
      if (ending) options.failed(new SteadywireError('closed', 'Text was written after end()'))
      else if (waiting.length >= maxWaiting)
        fail(
          new SteadywireError('limit_reached', `${waiting.length} characters of text wait already`, {
            hint: 'Await write(), or pause the source until it resolves.',
          }),
        )
      if (ending || failure) return Promise.resolve()
      waiting += chunk
      if (waiting.length >= flushChars) void flush(false)
      else cancelTimer ??= clock.after(flushMs, () => void flush(false))
      if (waiting.length < maxWaiting) return Promise.resolve()
      return new Promise((resolve) => roomMade.push(resolve))
    },
    flush: () => flush(),
    end() {
      ending ??= Promise.resolve()
        .then(() => flush())
        .then(() => {
          options.ended()
          if (failure) throw failure
        })
      return ending
    },
  }
}

/** Cuts the beginning of a text into data of at most `maxBytes` each; `all`: nothing is held back. */
function cutPieces(options: TextWriterOptions, text: string, all: boolean): { pieces: unknown[]; rest: string } {
  const pieces: unknown[] = []
  let rest = text
  while (rest && pieces.length < piecesAtOnce) {
    const length = pieceLength(options, rest, all)
    if (length === 0) break
    pieces.push(options.toData(rest.slice(0, length)))
    rest = rest.slice(length)
  }
  return { pieces, rest }
}

function pieceLength({ toData, maxBytes }: TextWriterOptions, text: string, all: boolean): number {
  const weigh = (part: string): number => jsonBytes(toJson(toData(part)))
  if (text.length <= maxBytes && weigh(text) <= maxBytes) return all ? text.length : cleanEnd(text, text.length, 0)
  let budget = maxBytes - weigh('')
  for (;;) {
    const length = cleanEnd(text, prefixWithin(text, budget), 1)
    if (length > 0 && weigh(text.slice(0, length)) <= maxBytes) return length
    if (length <= 2 && budget < 24)
      throw new SteadywireError('too_large', `The data around a text leaves no room for it in ${maxBytes} bytes`, {
        hint: "Let toData add less, or raise the family's maxBytes.",
      })
    budget = Math.min(budget - 1, budget >> 1)
  }
}

/** How many characters from the start take at most `budget` bytes inside a JSON text. */
function prefixWithin(text: string, budget: number): number {
  let left = budget
  let index = 0
  while (index < text.length) {
    const code = text.codePointAt(index) as number
    left -= escapedBytes(code)
    if (left < 0) return index
    index += code > 0xffff ? 2 : 1
  }
  return index
}

function escapedBytes(code: number): number {
  if (code < 0x20) return code >= 8 && code <= 13 && code !== 11 ? 2 : 6
  if (code < 0x80) return code === 0x22 || code === 0x5c ? 2 : 1
  if (code < 0x800) return 2
  if (code >= 0xd800 && code <= 0xdfff) return 6
  return code > 0xffff ? 4 : 3
}

/** The last place up to `end` that is inside neither a surrogate pair nor an escape; `least` overrules escapes. */
function cleanEnd(text: string, end: number, least: number): number {
  const last = text.charCodeAt(end - 1)
  const whole = end > 0 && last >= 0xd800 && last <= 0xdbff ? end - 1 : end
  const tail = text.slice(Math.max(0, whole - longestEscape), whole)
  const open = openEscape.exec(tail)
  const before = open ? whole - tail.length + open.index : whole
  return before >= least ? before : whole
}
