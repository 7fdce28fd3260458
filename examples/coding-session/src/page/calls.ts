import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import { nothingSchema, runWish, type Stage, type Status, serverWish, statusQuery } from './protocol.ts'

/** What a page may ask and order. */
export interface Control {
  readonly stage: Stage
  status(session: string, after: number): Status
  /** Cuts the wires of pages. */
  cut(): void
  /** Ends the server as in a crash, or starts it again. */
  setServer(running: boolean): Promise<void>
  /** Runs the session again, unless it is running. */
  run(events: number): void
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
}

interface Call {
  readonly pathname: string
  readonly searchParams: URLSearchParams
  /** It comes from the page itself, and from no other that is open in the same browser. */
  readonly trusted: boolean
}

const mostBytes = 1000

const done: Answer = { status: 204 }

/** A call that changes something is a POST from the page itself; whatever it brings is parsed. */
export async function handleCall(request: IncomingMessage, call: Call, control: Control | undefined): Promise<Answer> {
  if (!control) return { status: 503 }
  try {
    if (request.method === 'GET') return ask(call, control)
    if (request.method !== 'POST') return { status: 405 }
    if (!call.trusted) return { status: 403 }
    if (Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) > mostBytes) return { status: 413 }
    return await order(call.pathname, JSON.parse(await text(request)), control)
  } catch (thrown) {
    return { status: thrown instanceof z.ZodError || thrown instanceof SyntaxError ? 400 : 500 }
  }
}

function ask({ pathname, searchParams }: Call, control: Control): Answer {
  if (pathname === '/api/stage') return { status: 200, body: control.stage }
  if (pathname !== '/api/status') return { status: 404 }
  const { session, after } = statusQuery.parse(Object.fromEntries(searchParams))
  return { status: 200, body: control.status(session, after) }
}

async function order(pathname: string, body: unknown, control: Control): Promise<Answer> {
  if (pathname === '/api/cut') {
    nothingSchema.parse(body)
    control.cut()
  } else if (pathname === '/api/server') await control.setServer(serverWish.parse(body).running)
  else if (pathname === '/api/run') control.run(runWish.parse(body).events)
  else return { status: 404 }
  return done
}
