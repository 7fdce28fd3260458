import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '@steadywire/core'
import * as z from 'zod'

export const transports = ['memory', 'sse', 'socketio', 'failover', 'supabase'] as const
export const modes = ['changes', 'broadcast'] as const
export const logs = ['memory', 'redis'] as const

const count = (most: number) => z.coerce.number().int().min(0).max(most)

export const optionsSchema = z.object({
  transport: z.enum(transports),
  mode: z.enum(modes).optional(),
  run: z.string().min(1).optional(),
  watch: z.string().optional(),
  events: count(1_000_000),
  cut: count(1000),
  kill: count(1000),
  log: z.enum(logs),
  servers: z.coerce.number().int().min(1).max(16),
  seed: count(0xffffffff),
  headless: z.boolean(),
  page: z.boolean(),
  port: count(65_535).optional(),
})

export type Options = z.output<typeof optionsSchema>

export class UsageError extends Error {}

const expected: Readonly<Record<keyof Options, string>> = {
  transport: `one of ${transports.join(', ')}`,
  mode: `one of ${modes.join(', ')}`,
  run: 'a command, such as "npm run build"',
  watch: 'a folder that exists',
  events: 'a whole number from 0 to 1000000',
  cut: 'a whole number from 0 to 1000',
  kill: 'a whole number from 0 to 1000',
  log: `one of ${logs.join(', ')}`,
  servers: 'a whole number from 1 to 16',
  seed: 'a whole number from 0 to 4294967295',
  headless: 'no value',
  page: 'no value',
  port: 'a whole number from 0 to 65535',
}

export const usage = `npm start -- [options]

A worker runs a command and watches a folder. A viewer follows both, over a wire
that can be cut. The last line compares what was emitted with what arrived. On a
terminal a page shows the same, and can break it: it stays until Ctrl-C.

  --transport NAME  sse (default) or socketio: server and viewer in processes of
                    their own; failover: Socket.IO, and SSE where that fails;
                    supabase: a local stand-in for Supabase, with a PostgreSQL
                    from npm; memory: everything in one process
  --mode NAME       what carries live events over supabase: changes (default), the
                    rows that are inserted; or broadcast, private broadcasts
  --log NAME        where the events are: memory (default), or a Redis of its own
  --servers N       so many server processes behind a balancer; needs --log redis
  --run COMMAND     what is run; default: compile and test the core
  --watch FOLDER    what is watched; default: where the compiler writes to
  --events N        so many numbered events besides; default: 0
  --cut N           cut the wire so many times, at random moments; default: 0
  --kill N          kill a server so many times, and start it again; of failover,
                    the wire in use; of supabase, its Realtime; default: 0
  --seed N          the moments of an earlier run, which told its seed
  --headless        plain lines without colour and no page, as if this were no
                    terminal
  --page            the page, even if this is no terminal
  --port N          where the page listens, on 127.0.0.1; default: 4800, or
                    another one if that is taken; 0: any
  --help            this text`

/** @throws UsageError with one clear line */
export function parseOptions(args: readonly string[], randomSeed: number): Options {
  const values = read(args)
  for (const [name, value] of Object.entries(values))
    if (value === '') throw new UsageError(`--${name} is empty: it takes ${expected[name as keyof Options]}`)
  const parsed = optionsSchema.safeParse({
    transport: 'sse',
    events: '0',
    cut: '0',
    kill: '0',
    log: 'memory',
    servers: '1',
    seed: String(randomSeed),
    headless: false,
    page: false,
    ...values,
  })
  if (!parsed.success) {
    const name = String(parsed.error.issues[0]?.path[0]) as keyof Options
    throw new UsageError(`--${name} ${String(values[name])} does not work: it takes ${expected[name]}`)
  }
  const conflict = conflictIn(parsed.data)
  if (conflict) throw new UsageError(conflict)
  const { watch } = parsed.data
  if (watch === undefined) return parsed.data
  const folder = resolve(calledFrom(), watch)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--watch ${watch} does not work: it takes ${expected.watch}`)
  return { ...parsed.data, watch: folder }
}

function conflictIn({ transport, mode, log, servers, kill, page, headless }: Options): string | undefined {
  if (page && headless) return '--headless is without a page: leave it out, or --page'
  if (page && transport === 'memory')
    return '--transport memory is one process, which no browser reaches: --page needs another transport'
  if (transport !== 'supabase' && mode !== undefined) return `--mode ${mode} needs --transport supabase`
  if (transport === 'supabase' && (log !== 'memory' || servers > 1))
    return '--transport supabase keeps its events in a database of its own: --log and --servers need another transport'
  if (transport === 'memory' && (log !== 'memory' || servers > 1 || kill > 0))
    return '--transport memory is one process: --log, --servers and --kill need another transport'
  if (servers > 1 && log === 'memory') return `--servers ${servers} needs --log redis: a memory log has one process`
  if (kill > 0 && (transport === 'sse' || transport === 'socketio') && log === 'memory')
    return '--kill needs --log redis: a memory log dies with its server'
  return undefined
}

/** Where the user is: npm changes to the repository before it runs a script. */
export const calledFrom = (): string => process.env.INIT_CWD ?? process.cwd()

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        transport: { type: 'string' },
        mode: { type: 'string' },
        run: { type: 'string' },
        watch: { type: 'string' },
        events: { type: 'string' },
        cut: { type: 'string' },
        kill: { type: 'string' },
        log: { type: 'string' },
        servers: { type: 'string' },
        seed: { type: 'string' },
        headless: { type: 'boolean' },
        page: { type: 'boolean' },
        port: { type: 'string' },
      },
    }).values
  } catch (thrown) {
    const message = messageOf(thrown)
    const name = Object.keys(expected).find((option) => message.includes(`'--${option}`))
    if (name) throw new UsageError(`--${name} takes ${expected[name as keyof Options]}`)
    const [, given = ''] = /'([^']*)'/.exec(message) ?? []
    throw new UsageError(`${given} is not an option: npm start -- --help lists them`)
  }
}
