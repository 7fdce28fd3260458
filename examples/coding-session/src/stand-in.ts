import { type Project, receive, send } from './messages.ts'
import { modes, type Options, UsageError } from './options.ts'
import { ask, end, start } from './processes.ts'
import type { Servers } from './servers.ts'
import { session } from './session.ts'

/** A stand-in for Supabase in a process of its own, made ready for the session. */
export async function startStandIn({ mode = 'changes', page }: Options): Promise<Servers> {
  console.log(
    'Starting a stand-in for Supabase: PostgreSQL from npm, with REST and Realtime, on this machine, without Docker …',
  )
  // Whatever database the environment names is somebody's, and not for this.
  const { DATABASE_URL: _, ...env } = process.env
  const child = start('./stand-in-process.ts', env)
  let changing: Promise<unknown> = Promise.resolve()
  let whole = true

  const project = await new Promise<Project>((resolve, reject) => {
    const failed = (reason: string) => reject(new UsageError(`The stand-in for Supabase did not start: ${reason}`))
    child.once('exit', (code) => failed(`it ended with code ${code}`))
    receive(child, (message) => {
      if (message.kind === 'hosting') resolve(message.project)
      else if (message.kind === 'not_hosting') failed(message.reason)
    })
    send(child, { kind: 'host', feeds: page ? [...modes] : [mode] })
  }).catch(async (thrown) => {
    await end(child)
    throw thrown
  })
  const feed = mode === 'changes' ? 'row changes' : 'broadcasts from the database'
  console.log(`It listens on http://127.0.0.1:${project.port}, and has the migrations of @steadywire/sql. ${session.pattern} is open to
who has a user's token; the worker appends with the secret key; ${page ? 'row changes and broadcasts' : feed} carry what is live.
`)
  const worker = start('./host-process.ts')
  const change = async (kind: 'crash' | 'revive', done: 'crashed' | 'revived') => {
    changing = changing.then(async () => {
      if (kind === 'crash') whole = false
      await ask(child, { kind }, done)
      if (kind === 'revive') whole = true
    })
    await changing
  }
  return {
    worker,
    project,
    port: project.port,
    get whole() {
      return whole
    },
    /** Realtime alone: nobody is told of what happens meanwhile. */
    crash: () => change('crash', 'crashed'),
    revive: () => change('revive', 'revived'),
    async close() {
      await changing
      await end(worker)
      await end(child)
    },
  }
}
