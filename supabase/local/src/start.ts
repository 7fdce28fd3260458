import { randomBytes } from 'node:crypto'
import { systemClock } from './clock.ts'
import { type Faults, Wishes } from './faults.ts'
import { keysOf } from './keys.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { connectDatabase, type Row } from './postgres/database.ts'
import { startPostgres } from './postgres/start.ts'
import { applyMigrations, prepareDatabase } from './prepare.ts'
import type { Project } from './project.ts'
import { faultsOf } from './realtime/faults.ts'
import { Hub } from './realtime/hub.ts'
import { Replication } from './realtime/replication.ts'
import { createLite } from './rest/lite.ts'
import { serve } from './server.ts'
import { signToken, type TokenOptions } from './token.ts'

export interface SupabaseOptions {
  /** A running PostgreSQL with `wal_level=logical`; by default DATABASE_URL, or else one of its own, thrown away at the end. */
  readonly database?: string
  /** Any free one by default. */
  readonly port?: number
  /** SQL files, or folders of them, applied in this order, each content once. */
  readonly migrations?: readonly string[]
  /** Signs tokens (HS256), and decides the keys; random by default. */
  readonly jwtSecret?: string
  /** How long row changes wait to be looked at: 100, as Supabase. Tests that don't need the wait say 0. */
  readonly pollMs?: number
  /** How long after a join, or a new token, its row changes begin: 100. Supabase takes up to 3 s. */
  readonly readyMs?: number
  readonly limits?: Partial<Limits>
  /** Where it says what it is and what went wrong: the console by default, `false` for nowhere. */
  readonly log?: ((line: string) => void) | false
}

export interface Supabase {
  /** For `createClient(url, key)`. */
  readonly url: string
  readonly databaseUrl: string
  /** Role `anon`. */
  readonly publishableKey: string
  /** Role `service_role`. */
  readonly secretKey: string
  readonly jwtSecret: string
  readonly faults: Faults
  /** How many WebSockets, and how many channels on them, are open. */
  readonly open: { readonly sockets: number; readonly channels: number }
  /** A user's access token. */
  token(options: TokenOptions): string
  /** One statement, as the database's owner. */
  sql(text: string, params?: readonly unknown[]): Promise<Row[]>
  /** Ends everything that it started. */
  close(): Promise<void>
}

const warning = 'This stand-in for Supabase is for development and tests only: it guards nothing.'
let warned = false

/**
 * Starts a stand-in for Supabase in this process: PostgreSQL, REST, auth and Realtime.
 *
 * @example
 * const supabase = await startSupabase({ migrations: ['supabase/migrations'] })
 * const client = createClient(supabase.url, supabase.publishableKey)
 */
export async function startSupabase(options: SupabaseOptions = {}): Promise<Supabase> {
  const log = options.log === false ? () => {} : (options.log ?? ((line: string) => console.error(line)))
  if (!warned) log(warning)
  warned ||= options.log !== false
  const closing: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    return await start(options, log, closing, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  options: SupabaseOptions,
  log: (line: string) => void,
  closing: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Supabase> {
  const databaseUrl = options.database ?? process.env.DATABASE_URL ?? (await ownPostgres(closing))
  const database = connectDatabase(databaseUrl)
  closing.push(() => database.close())
  const keys = keysOf(options.jwtSecret ?? randomBytes(32).toString('hex'))
  const lite = createLite(database, keys)
  closing.push(() => lite.close())
  await database.alone(async () => {
    await prepareDatabase(database, () => lite.prepare())
    await applyMigrations(database, options.migrations ?? [])
  })
  const wishes = new Wishes()
  const project: Project = {
    database,
    keys,
    limits: { ...defaultLimits, ...options.limits },
    wishes,
    clock: systemClock,
    pollMs: options.pollMs ?? 100,
    readyMs: options.readyMs ?? 100,
    log,
  }
  const hub = new Hub(project)
  const replication = new Replication(hub)
  closing.push(() => replication.close())
  await replication.start()
  const server = await serve(hub, lite, options.port ?? 0)
  closing.push(() => server.close())
  return {
    url: server.url,
    databaseUrl,
    ...keys,
    faults: faultsOf(wishes, hub, replication),
    get open() {
      return { sockets: hub.sockets.size, channels: hub.channels.size }
    },
    token: (claims) => signToken(keys.jwtSecret, claims, project.clock.now()),
    sql: (text, params) => database.query(text, params),
    close,
  }
}

async function ownPostgres(closing: (() => Promise<unknown>)[]): Promise<string> {
  const postgres = await startPostgres()
  closing.push(() => postgres.close())
  return postgres.url
}
