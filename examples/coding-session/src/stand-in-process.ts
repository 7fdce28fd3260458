// The process of the stand-in for Supabase.
import { join } from 'node:path'
import { messageOf } from '@steadywire/core'
import { migrations, migrationsFolder } from '@steadywire/sql'
import { type Supabase, startSupabase } from '@steadywire/supabase-local'
import { type Message, receive, send } from './messages.ts'
import { topic } from './session.ts'

const viewer = '00000000-0000-4000-8000-000000000001'

/** Whoever is signed in may read this session; said as an app says it whose rule looks into its tables. */
const rights = `create or replace function steadywire.may_read(topic text) returns boolean
  language sql stable security definer set search_path = '' as $$
    select topic = '${topic.name}' and steadywire.caller() is not null
  $$`

let starting: Promise<Supabase> | undefined

async function host({ mode }: Extract<Message, { readonly kind: 'host' }>): Promise<void> {
  starting = startSupabase({
    migrations: migrations('supabase').map(({ name }) => join(migrationsFolder, name)),
    log: (line) => console.log(`  ${line}`),
  })
  const supabase = await starting
  await supabase.sql(rights)
  if (mode === 'broadcast') await supabase.sql(`select steadywire.set_broadcast('events', 'events')`)
  const { publishableKey, secretKey } = supabase
  const token = supabase.token({ sub: viewer })
  send(process, {
    kind: 'hosting',
    project: { port: Number(new URL(supabase.url).port), publishableKey, secretKey, token },
  })
}

/** Realtime is gone for a moment: nobody is told of what happens meanwhile. */
async function restart(): Promise<void> {
  const faults = (await starting)?.faults
  await faults?.restartReplication(() => faults.cutSockets())
  send(process, { kind: 'restarted' })
}

receive(process, (message) => {
  if (message.kind === 'host')
    host(message).catch((thrown) => send(process, { kind: 'not_hosting', reason: messageOf(thrown) }))
  else if (message.kind === 'restart') void restart()
})
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('SIGTERM', () => process.disconnect())
process.once('disconnect', async () => {
  await (await starting?.catch(() => undefined))?.close()
})
