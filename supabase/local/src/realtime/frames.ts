import { isRecord } from '../token.ts'

/** What a client says. A broadcast's own payload stays as the bytes that came. */
export interface Incoming {
  readonly joinRef: string | undefined
  readonly ref: string | undefined
  readonly topic: string
  readonly event: string
  readonly payload: Readonly<Record<string, unknown>> | Message
}

/** A broadcast between clients: its payload goes from one to the other unread. */
export class Message {
  readonly event: string
  readonly body: Buffer
  readonly json: boolean
  readonly meta: Readonly<Record<string, unknown>> | undefined

  constructor(event: string, body: Buffer, json = true, meta?: Readonly<Record<string, unknown>>) {
    this.event = event
    this.body = body
    this.json = json
    this.meta = meta
  }
}

/** What goes to a client: `payload` is JSON text, so that numbers that JavaScript would round stay exact. */
export interface Outgoing {
  readonly joinRef?: string | undefined
  readonly ref?: string | undefined
  readonly topic: string
  readonly event: string
  readonly payload: string
}

/** One version of the protocol. */
export interface Frames {
  parse(data: Buffer, binary: boolean): Incoming | undefined
  write(message: Outgoing): string
  /** Undefined: this version can't carry it. */
  writeBroadcast(topic: string, message: Message): string | Buffer | undefined
}

const json = JSON.stringify

/** Version 1.0.0: every message is an object. */
const objects: Frames = {
  parse(data, binary) {
    const value = binary ? undefined : parseJson(data)
    if (!isRecord(value)) return undefined
    return incoming(value.join_ref, value.ref, value.topic, value.event, value.payload)
  },
  write: ({ ref, topic, event, payload }) =>
    `{"topic":${json(topic)},"event":${json(event)},"payload":${payload},"ref":${json(ref ?? null)}}`,
  writeBroadcast(topic, message) {
    if (!message.json) return undefined
    return objects.write({ topic, event: 'broadcast', payload: asJson(message) })
  },
}

/** Version 2.0.0: arrays, and binary frames for broadcasts. */
const arrays: Frames = {
  parse(data, binary) {
    if (binary) return parsePush(data)
    const value = parseJson(data)
    return Array.isArray(value) ? incoming(value[0], value[1], value[2], value[3], value[4]) : undefined
  },
  write: ({ joinRef, ref, topic, event, payload }) =>
    `[${json(joinRef ?? null)},${json(ref ?? null)},${json(topic)},${json(event)},${payload}]`,
  writeBroadcast(topic, { event, body, json: isJson, meta }) {
    const strings = [topic, event, meta ? json(meta) : ''].map((text) => Buffer.from(text))
    if (strings.some(({ length }) => length > 255)) return undefined
    return Buffer.concat([Buffer.from([4, ...strings.map(({ length }) => length), isJson ? 1 : 0]), ...strings, body])
  },
}

export function framesOf(version: string | null): Frames {
  return version?.startsWith('2.') ? arrays : objects
}

/** The payload of a broadcast in JSON, as version 1 has it. */
const asJson = ({ event, body, meta }: Message) =>
  `{"event":${json(event)},"payload":${body.toString()},"type":"broadcast"${meta ? `,"meta":${json(meta)}` : ''}}`

/** A broadcast that a client pushes: kind 3, six lengths and encodings, their strings, then the payload. */
function parsePush(data: Buffer): Incoming | undefined {
  if (data[0] !== 3 || data.length < 7) return undefined
  const encoding = data[6]
  let at = 7
  const strings: string[] = []
  for (const length of data.subarray(1, 6)) {
    strings.push(data.toString('utf8', at, at + length))
    at += length
  }
  const [joinRef, ref, topic, event, meta] = strings
  if (at > data.length || topic === undefined || event === undefined) return undefined
  const known = meta ? parseJson(Buffer.from(meta)) : undefined
  const message = new Message(event, data.subarray(at), encoding === 1, isRecord(known) ? known : undefined)
  return { joinRef: joinRef || undefined, ref: ref || undefined, topic, event: 'broadcast', payload: message }
}

function incoming(
  joinRef: unknown,
  ref: unknown,
  topic: unknown,
  event: unknown,
  payload: unknown,
): Incoming | undefined {
  if (typeof topic !== 'string' || typeof event !== 'string') return undefined
  return { joinRef: text(joinRef), ref: text(ref), topic, event, payload: payloadOf(event, payload) }
}

function payloadOf(event: string, payload: unknown): Incoming['payload'] {
  if (!isRecord(payload)) return {}
  if (event !== 'broadcast' || typeof payload.event !== 'string') return payload
  return new Message(payload.event, Buffer.from(json(payload.payload ?? {})))
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString())
  } catch {
    return undefined
  }
}

const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined)
