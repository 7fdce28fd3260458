// What the page and its host tell each other, besides the wires.
import * as z from 'zod'

const wire = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sse'), url: z.string() }),
  z.object({ kind: z.literal('socketio'), url: z.string() }),
  z.object({ kind: z.literal('changes'), url: z.string(), key: z.string() }),
  z.object({ kind: z.literal('broadcast'), url: z.string(), key: z.string() }),
])

export type WirePlan = z.infer<typeof wire>

/** `GET /api/stage`: what a page needs to follow anything at all. */
export const stageSchema = z.object({
  /** Another one after each start: its sessions begin with it. */
  host: z.string(),
  wires: z.array(wire),
  /** The wire that was asked for on the command line, by its place. */
  preferred: z.number().int(),
  identity: z.object({ subject: z.string(), token: z.string() }).optional(),
})

export type Stage = z.infer<typeof stageSchema>

const sessionSchema = z.object({ id: z.string(), number: z.number().int(), command: z.string(), running: z.boolean() })

export type SessionInfo = z.infer<typeof sessionSchema>

/** `GET /api/status?session=ID&after=N`: what the server knows; of what that session emitted, all after the first N. */
export const statusSchema = z.object({
  host: z.string(),
  serverUp: z.boolean(),
  sessions: z.array(sessionSchema),
  emitted: z.array(z.object({ id: z.string(), seq: z.number().int() })),
  /** Of the session that was asked for. */
  total: z.number().int(),
})

export type Status = z.infer<typeof statusSchema>

export const statusQuery = z.object({
  session: z.string().default(''),
  after: z.coerce.number().int().min(0).default(0),
})

export const nothingSchema = z.strictObject({})

/** `POST /api/server`: whether it is to run. */
export const serverWish = z.strictObject({ running: z.boolean() })

/** How many numbered events a session may have besides. */
export const loads = [0, 2000, 20_000] as const

/** `POST /api/run`: the session once more, as a new one. */
export const runWish = z.strictObject({ events: z.union(loads.map((count) => z.literal(count))) })
