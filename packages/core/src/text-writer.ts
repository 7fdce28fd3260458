import type { Clock } from './clock.ts'
import type { EmitOptions } from './draft.ts'
import { isSteadywireError, messageOf, SteadywireError } from './errors.ts'
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

/** What is kept for the next event: an unfinished escape, half a surrogate pair, or nothing. */
type Hold = 'escapes' | 'pairs' | 'nothing'

const flushChars = 16_384
const piecesAtOnce = 16
const longestEscape = 256
// An ANSI escape that is not complete yet: ESC, a control sequence (ESC [ …), or a string such as a title (ESC ] …).
// biome-ignore lint/suspicious/noControlCharactersInRegex: escapes begin with one.
const openEscape = /\x1b(?:[ -/]*|\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?)$/

export function createTextWriter(options: TextWriterOptions): TextWriter {
  const { clock, flushMs = 100, maxWaiting = 1_048_576 } = options
  let waiting = ''
  let sending = Promise.resolve()
  let cancelTimer: (() => void) | undefined
  let timed: Hold = 'escapes'
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
  const drain = async (hold: Hold): Promise<void> => {
    while (waiting && !failure) {
      try {
        const { pieces, rest } = cutPieces(options, waiting, ending ? 'nothing' : hold)
        if (pieces.length === 0) break
        waiting = rest
        await options.send(pieces)
      } catch (thrown) {
        fail(isSteadywireError(thrown) ? thrown : threw(thrown))
      }
      makeRoom()
    }
    if (waiting && hold === 'escapes' && !cancelTimer) wait('pairs')
  }

  const flush = (hold: Hold): Promise<void> => {
    cancelTimer?.()
    cancelTimer = undefined
    sending = sending.then(() => drain(hold))
    return sending
  }

  /** What comes after a kept escape gets its own time. */
  const wait = (hold: Hold): void => {
    if (cancelTimer && timed === 'escapes') return
    cancelTimer?.()
    timed = hold
    cancelTimer = clock.after(flushMs, () => void flush(hold))
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
      if (waiting.length >= flushChars) void flush('escapes')
      else wait('escapes')
      if (waiting.length < maxWaiting) return Promise.resolve()
      return new Promise((resolve) => roomMade.push(resolve))
    },
    flush: () => flush('pairs'),
    end() {
      ending ??= Promise.resolve()
        .then(() => flush('nothing'))
        .then(() => {
          options.ended()
          if (failure) throw failure
        })
      return ending
    },
  }
}

/** Cuts the beginning of a text into data of at most `maxBytes` each; `hold`: what may not be cut at its end. */
function cutPieces(options: TextWriterOptions, text: string, hold: Hold): { pieces: unknown[]; rest: string } {
  const pieces: unknown[] = []
  let rest = text
  while (rest && pieces.length < piecesAtOnce) {
    const length = pieceLength(options, rest, hold)
    if (length === 0) break
    pieces.push(options.toData(rest.slice(0, length)))
    rest = rest.slice(length)
  }
  return { pieces, rest }
}

function pieceLength({ toData, maxBytes }: TextWriterOptions, text: string, hold: Hold): number {
  const weigh = (part: string): number => jsonBytes(toJson(toData(part)))
  if (text.length <= maxBytes && weigh(text) <= maxBytes)
    return hold === 'nothing' ? text.length : cleanEnd(text, text.length, hold === 'escapes')
  let budget = maxBytes - weigh('')
  for (;;) {
    const length = cleanEnd(text, prefixWithin(text, budget), true)
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

/** The last place up to `end` that is not inside a surrogate pair and, if asked for, not inside an escape. */
function cleanEnd(text: string, end: number, escapes: boolean): number {
  const last = text.charCodeAt(end - 1)
  const whole = last >= 0xd800 && last <= 0xdbff ? end - 1 : end
  const tail = text.slice(Math.max(0, whole - longestEscape), whole)
  const open = escapes ? openEscape.exec(tail) : null
  const before = open ? whole - tail.length + open.index : whole
  // An escape that is longer than a whole piece is cut after all.
  return before === 0 && whole < text.length ? whole : before
}

function threw(cause: unknown): SteadywireError {
  return new SteadywireError('invalid_data', `toData threw: ${messageOf(cause)}`, {
    cause,
    hint: 'It gets a text and answers the data of an event.',
  })
}
