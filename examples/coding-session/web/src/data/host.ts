import { type Stage, type Status, stageSchema, statusSchema } from '../../../src/page/protocol.ts'

const againMs = 500

/** What needs to be known before anything can be followed. The host may still be starting: it is waited for. */
export async function fetchStage(): Promise<Stage> {
  for (;;) {
    const answer = await get('/api/stage').catch(() => undefined)
    if (answer !== undefined) return stageSchema.parse(answer)
    await new Promise((resolve) => setTimeout(resolve, againMs))
  }
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

/** That a host which is gone takes no orders needs no second word: the page says already that it does not answer. */
async function post(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }).catch(() => {})
}
