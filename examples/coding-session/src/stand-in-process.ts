// The process of the stand-in for Supabase.
import { join } from 'node:path'
import { messageOf } from '@steadywire/core'
import { migrations, migrationsFolder } from '@steadywire/sql'
import { type Supabase, startSupabase } from '@steadywire/supabase-local'
import { type Message, receive, send } from './messages.ts'
import { session } from './session.ts'

const viewer = '00000000-0000-4000-8000-000000000001'

/** Whoever is signed in may read a session; said as an app says it whose rule looks into its tables. */
const rights = `create or replace function steadywire.may_read(topic text) returns boolean
  language sql stable security definer set search_path = '' as $$
    select topic like '${session.pattern.replace(/\{.*\}/, '%')}' and steadywire.caller() is not null
  $$`

let reviving: (() => Promise<void>) | undefined
let starting: Promise<Supabase> | undefined

async function host({ feeds }: Extract<Message, { readonly kind: 'host' }>): Promise<void> {
  starting = startSupabase({
    migrations: migrations('supabase').map(({ name }) => join(migrationsFolder, name)),
    log: (line) => console.log(`  ${line}`),
  })
  const supabase = await starting
  await supabase.sql(rights)
  if (feeds.includes('broadcast')) await supabase.sql(`select steadywire.set_broadcast('events', 'events')`)
  const { publishableKey, secretKey } = supabase
  // As long as a page may be left open.
  const token = supabase.token({ sub: viewer, expiresInS: 86_400 })
  send(process, {
    kind: 'hosting',
    project: { port: Number(new URL(supabase.url).port), publishableKey, secretKey, token },
  })
}

/** Realtime is gone until it is revived: nobody is told of what happens meanwhile. */
async function crash(): Promise<void> {
  const faults = (await starting)?.faults
  if (!faults || reviving) return send(process, { kind: 'crashed' })
  const letIn = faults.refuseConnections(503)
  let revive = (): void => {}
  const revived = new Promise<void>((resolve) => {
    revive = resolve
  })
  const whole = faults.restartReplication(() => {
    faults.cutSockets()
    send(process, { kind: 'crashed' })
    return revived
  })
  reviving = async () => {
    reviving = undefined
    revive()
    await whole
    letIn()
  }
}

async function revive(): Promise<void> {
  await reviving?.()
  send(process, { kind: 'revived' })
}

receive(process, (message) => {
  if (message.kind === 'host')
    host(message).catch((thrown) => send(process, { kind: 'not_hosting', reason: messageOf(thrown) }))
  else if (message.kind === 'crash') void crash()
  else if (message.kind === 'revive') void revive()
})
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('SIGTERM', () => process.disconnect())
process.once('disconnect', async () => {
  await reviving?.()
  await (await starting?.catch(() => undefined))?.close()
})
