import { type Stage, type Status, stageSchema, statusSchema } from '../../../src/page/protocol.ts'

/** What needs to be known before anything can be followed. */
export async function fetchStage(): Promise<Stage> {
  return stageSchema.parse(await get('/api/stage'))
}

/** What the server says, apart from the wires: the sessions, and what one of them emitted after the first `after`. */
export async function fetchStatus(session: string, after: number, signal: AbortSignal): Promise<Status> {
  const query = new URLSearchParams({ session, after: String(after) })
  return statusSchema.parse(await get(`/api/status?${query}`, signal))
}

export const cutWire = (): Promise<void> => post('/api/cut', {})
export const setServer = (running: boolean): Promise<void> => post('/api/server', { running })
export const runAgain = (events: number): Promise<void> => post('/api/run', { events })

async function get(path: string, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(path, { ...(signal && { signal }) })
  if (!response.ok) throw new Error(`The host answered ${response.status}`)
  return await response.json()
}

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`The host answered ${response.status}`)
}
