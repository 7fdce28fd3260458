import { createEmitter, createSubscriber, defineTopic } from '@steadywire/core'
import { migrationsFolder } from '@steadywire/sql'
import { supabase } from '@steadywire/supabase'
import { startSupabase } from '@steadywire/supabase-local'
import * as z from 'zod'

const greetings = defineTopic('user:{userId}', { greeting: z.object({ text: z.string() }) })
const ann = '00000000-0000-4000-8000-00000000000a'

// A project without Docker and without an account. Of a real one you have the address and the keys; the rest is the same.
const project = await startSupabase({ migrations: [migrationsFolder] })
await project.sql(`create or replace function steadywire.may_read(topic text) returns boolean language sql stable
  as $$ select topic = 'user:' || steadywire.caller() $$`)

const transport = supabase({ url: project.url, key: project.publishableKey })
const viewer = createSubscriber({ transport, identity: { subject: ann, token: project.token({ sub: ann }) } })
const ended = Promise.withResolvers<void>()
const following = viewer.subscribe(greetings({ userId: ann }), {
  event: ({ seq, data }) => console.log(seq, data.text),
  gap: ({ reason }) => console.log('something cannot be had:', reason),
  status: (status) => status === 'ended' && ended.resolve(),
})
await following.ready

const backend = createEmitter({ to: supabase({ url: project.url, key: project.secretKey }) })
await backend.emit(greetings({ userId: ann }), 'greeting', { text: 'hello from a backend' })
await project.sql(`select steadywire.append('user:${ann}', 'greeting', '{"text":"hello from SQL"}', final => true)`)

await ended.promise
await Promise.all([viewer.close(), backend.close()])
await project.close()
