import {
  type Attachment,
  decodeCursor,
  isWireError,
  markOf,
  type Position,
  type WireError,
  wireError,
} from '@steadywire/core'
import { appendedValue, errorValue, headsValue, pageValue, type WireValue } from '@steadywire/core/protocol'
import { encodeItem, parseTopic, type Session } from '@steadywire/server'
import type { Lanes } from './lanes.ts'
import type { SocketPeer } from './peer.ts'

/** How many requests of one client may wait for their answer. */
const maxWaiting = 4096
/** Socket.IO encodes an answer as a whole: of a larger page there would be a copy in values, and another one as text. */
const pageEvents = 256

type Call = (...args: readonly unknown[]) => Promise<WireValue>

/** What a client may ask, by the name of the event. What it sends is checked before it waits for anything. */
export function callsOf(session: Session, peer: SocketPeer, lanes: Lanes): Readonly<Record<string, Call>> {
  /** How many attaches of a topic wait for their turn; a detach takes them back. */
  const waiting = new Map<string, { attaches: number }>()

  const page = (answer: Attachment): WireValue => {
    peer.count(answer.events.reduce((bytes, event) => bytes + encodeItem(event).length, 0))
    return { page: pageValue(answer) }
  }

  return {
    async attach(topic, cursor) {
      const name = parseTopic(textOf(topic, 'topic'))
      const after = cursorOf(cursor, 'cursor')
      const line = waiting.get(name) ?? { attaches: 0 }
      waiting.set(name, line)
      line.attaches++
      return await lanes.run(async () => {
        if (waiting.get(name) !== line) throw wireError('retry', 'unsubscribed', `${name} was detached`)
        if (--line.attaches === 0) waiting.delete(name)
        return page(firstOf(await session.attach(name, after), pageEvents))
      })
    },
    async detach(topic) {
      const name = textOf(topic, 'topic')
      waiting.delete(name)
      session.detach(name)
      return {}
    },
    async read(topic, asked) {
      const name = parseTopic(textOf(topic, 'topic'))
      const { after, limit, before, last } = fieldsOf(asked, 'range')
      const from = cursorOf(after, 'after')
      const wished = limit === undefined ? 100 : wholeOf(limit, 'limit')
      const range = {
        ...(from && { after: from }),
        limit: last === true ? wished : Math.min(wished, pageEvents),
        ...(before !== undefined && { before: wholeOf(before, 'before') }),
        ...(last === true && { last }),
      }
      return await lanes.run(async () => page(await session.read(name, range)))
    },
    async heads(topics) {
      return { heads: headsValue(await session.heads(listOf(topics, 'topics').map((each) => textOf(each, 'topics')))) }
    },
    async append(topic, drafts) {
      return { appended: appendedValue(await session.append(textOf(topic, 'topic'), listOf(drafts, 'drafts'))) }
    },
    async renew(token) {
      return await session.renew(textOf(token, 'token'))
    },
    async command(name, data) {
      return { result: await session.command(textOf(name, 'name'), data) }
    },
  }
}

/** The page as if less had been asked for. */
function firstOf(page: Attachment, count: number): Attachment {
  const end = page.events[count - 1]
  if (!end || page.events.length === count) return page
  return { ...page, events: page.events.slice(0, count), through: end.seq, throughMark: markOf(end.id) }
}

/** Answers `{ error }`, or what was asked for. Never rejects. */
export function answering(calls: ReturnType<typeof callsOf>) {
  let waiting = 0
  return async (name: string, args: readonly unknown[]): Promise<WireValue> => {
    waiting++
    try {
      if (waiting > maxWaiting)
        throw wireError('retry', 'rate_limited', `More than ${maxWaiting} requests wait for their answers`, {
          hint: 'Wait for the answers to earlier requests.',
        })
      return (await calls[name]?.(...args)) ?? {}
    } catch (thrown) {
      return { error: errorValue(withoutDetails(thrown)) }
    } finally {
      waiting--
    }
  }
}

/** What was not foreseen is not for clients. */
export function withoutDetails(thrown: unknown): WireError {
  return isWireError(thrown) ? thrown : wireError('retry', 'unavailable', 'The server failed', { cause: thrown })
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw wrong(field, 'a text')
}

function listOf(value: unknown, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw wrong(field, 'a list')
}

function fieldsOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return { ...value }
  throw wrong(field, 'an object')
}

function wholeOf(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw wrong(field, 'a whole number')
}

function cursorOf(value: unknown, field: string): Position | undefined {
  if (value === undefined || value === null) return undefined
  try {
    return decodeCursor(textOf(value, field))
  } catch {
    throw wireError('refused', 'invalid_cursor', `${field} is not a cursor as it was given out`)
  }
}

function wrong(field: string, wanted: string) {
  return wireError('refused', 'invalid_option', `${field} is not ${wanted}`, {
    hint: 'PROTOCOL.md shows each request by an example.',
  })
}
