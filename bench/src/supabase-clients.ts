import { once } from 'node:events'
import { createEmitter, createSubscriber } from '@steadywire/core'
import { supabase } from '@steadywire/supabase'
import { createClient } from '@supabase/supabase-js'
import * as z from 'zod'
import { topic } from './events.ts'
import { forked } from './process.ts'
import { breakOff } from './sse-clients.ts'

const projectSchema = z.object({
  url: z.string(),
  publishableKey: z.string(),
  secretKey: z.string(),
  token: z.string(),
})

type Project = z.infer<typeof projectSchema>
export type Feed = 'changes' | 'broadcast'
export type Seen = (event: { readonly data?: unknown }) => unknown

/** One side: how an event is put there, and how all of it is ended. */
export interface Side {
  put(data: object): Promise<unknown>
  end(): Promise<unknown>
}

/** A stand-in in a process of its own. */
export async function startProject(pollMs: number): Promise<Project & { end(): Promise<void> }> {
  const child = forked('servers/supabase.ts', [String(pollMs)])
  const [message] = await once(child, 'message')
  return {
    ...projectSchema.parse(message),
    async end() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

/** An emitter with the secret key, and a subscriber that is live when this resolves. */
export async function ours({ url, publishableKey, secretKey, token }: Project, feed: Feed, seen: Seen): Promise<Side> {
  const emitter = createEmitter({ to: supabase({ url, key: secretKey }) })
  const transport = supabase({ url, key: publishableKey, feed })
  const subscriber = createSubscriber({ transport, identity: { subject: 'reader', token } })
  await subscriber.subscribe(topic, { event: seen, gap: breakOff, error: breakOff }).ready
  return {
    put: (data) => emitter.emit(topic, 'terminal', data),
    end: () => Promise.all([emitter.close(), subscriber.close()]),
  }
}

/** Bare supabase-js on both ends: an insert, and a channel that Realtime has confirmed. */
export async function raw({ url, publishableKey, secretKey, token }: Project, feed: Feed, seen: Seen): Promise<Side> {
  const backend = createClient(url, secretKey)
  const client = createClient(url, publishableKey, { accessToken: async () => token })
  await client.realtime.setAuth()
  const confirmed = Promise.withResolvers<void>()
  const binding = { event: 'INSERT', schema: 'public', table: 'bare', filter: `topic=eq.${topic}` } as const
  const channel =
    feed === 'changes'
      ? client.channel('bare').on('postgres_changes', binding, ({ new: row }) => seen({ data: row.data }))
      : client
          .channel(`bare:${topic}`, { config: { private: true, broadcast: { replication_ready: true } } })
          .on('broadcast', { event: 'bare' }, ({ payload }) => seen({ data: payload.data }))
  channel.on('system', {}, ({ status }) => status === 'ok' && confirmed.resolve()).subscribe()
  await confirmed.promise
  return {
    put: (data) => Promise.resolve(backend.from('bare').insert({ topic, data }).throwOnError()),
    end: () => client.removeAllChannels(),
  }
}
