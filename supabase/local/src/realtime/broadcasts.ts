import { type Claims, isRecord } from '../token.ts'
import { mayWrite } from './authorise.ts'
import { Message } from './frames.ts'
import type { Hub } from './hub.ts'

interface Sent {
  readonly topic: string
  readonly isPrivate: boolean
  readonly message: Message
}

/** `POST /realtime/v1/api/broadcast`, and its form for one message, `…/TOPIC/events/EVENT`. */
export async function takeBroadcasts(hub: Hub, request: Request, claims: Claims): Promise<Response> {
  const url = new URL(request.url)
  const single = /\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/.exec(url.pathname)
  const sent = single
    ? [await singleOf(request, decodeURIComponent(single[1] ?? ''), decodeURIComponent(single[2] ?? ''))]
    : batchOf(await request.json().catch(() => undefined))
  if (!sent) return Response.json({ errors: { messages: ["can't be blank"] } }, { status: 422 })
  if (sent.some(({ message }) => message.body.length > hub.project.limits.broadcastBytes))
    return Response.json({ errors: { payload: ['Payload size exceeds tenant limit'] } }, { status: 422 })
  for (const { topic, isPrivate, message } of sent) {
    if (!hub.messages.take()) return Response.json({ message: 'You have exceeded your rate limit' }, { status: 429 })
    if (!isPrivate || (await mayWrite(hub.project.database, topic, claims))) hub.broadcast(topic, isPrivate, message)
  }
  return new Response(null, { status: 202 })
}

async function singleOf(request: Request, topic: string, event: string): Promise<Sent> {
  const body = Buffer.from(await request.arrayBuffer())
  const json = request.headers.get('content-type') !== 'application/octet-stream'
  const isPrivate = new URL(request.url).searchParams.get('private') === 'true'
  return { topic, isPrivate, message: new Message(event, body, json) }
}

function batchOf(body: unknown): Sent[] | undefined {
  const messages = isRecord(body) && Array.isArray(body.messages) ? body.messages : []
  const sent = messages.flatMap((message) => sentOf(message) ?? [])
  return sent.length > 0 && sent.length === messages.length ? sent : undefined
}

function sentOf(message: unknown): Sent | undefined {
  if (!isRecord(message)) return undefined
  const { topic, event, payload, private: isPrivate } = message
  if (typeof topic !== 'string' || typeof event !== 'string' || !isRecord(payload)) return undefined
  return { topic, isPrivate: isPrivate === true, message: new Message(event, Buffer.from(JSON.stringify(payload))) }
}
