import type { Source } from '@steadywire/conformance'
import type { Appended, Draft, WireEvent } from '@steadywire/core'
import { postgresLog } from '@steadywire/log-postgres'
import type { Supabase } from '@steadywire/supabase-local'
import pg from 'pg'

export interface ProjectSource extends Source {
  /** From now on this endpoint is the one that clients reach. */
  serve(endpoint: Supabase): void
}

/** The log and the rights of a case, in the database of a project. */
export function sourceIn(database: Supabase, feed: 'changes' | 'broadcast'): ProjectSource {
  const log = postgresLog({ postgres: database.databaseUrl, retainEveryMs: Number.POSITIVE_INFINITY })
  const pool = new pg.Pool({ connectionString: database.databaseUrl, max: 2 })
  const shown: (string | undefined)[] = []
  const revoked = new Set<string>()
  let refusals = 0
  let banned = false
  let endpoint: Supabase | undefined
  let isHidden: ((event: WireEvent) => boolean) | undefined

  /** What is hidden is hidden from the moment on that it can be seen. */
  async function appendHiding(topic: string, drafts: readonly Draft[]): Promise<readonly Appended[]> {
    const client = await pool.connect()
    try {
      await client.query('begin')
      const texts = drafts.map(({ id, type, data }) => ({ id, type, data: JSON.stringify(data) }))
      const { rows } = await client.query(
        'select steadywire.append_drafts($1, array(select d from json_populate_recordset(null::steadywire.draft, $2) as d)) as answers',
        [topic, JSON.stringify(texts)],
      )
      const answers: readonly { readonly position: [string, number, string]; readonly duplicate: boolean }[] =
        rows[0].answers
      const appended = answers.map(({ position: [epoch, seq, mark], duplicate }) => ({
        position: { epoch, seq, mark },
        duplicate,
      }))
      for (const [index, draft] of drafts.entries()) {
        const { epoch = '', seq = 0 } = appended[index]?.position ?? {}
        if (isHidden?.({ ...draft, topic, epoch, seq, time: 0 }))
          await client.query('insert into public.test_hidden values ($1, $2)', [topic, seq])
      }
      await client.query('commit')
      return appended
    } finally {
      client.release()
    }
  }

  const source: ProjectSource = {
    log: {
      keyWindowMs: log.keyWindowMs,
      append: (topic, drafts, by) => (isHidden ? appendHiding(topic, drafts) : log.append(topic, drafts, by)),
      read: (topic, range) => log.read(topic, range),
      tail: (topic, on) => log.tail(topic, on),
      beforeRead: undefined,
      afterRead: undefined,
      async trim(topic, seq) {
        await pool.query('delete from steadywire.events where topic = $1 and seq <= $2', [topic, seq])
      },
      async rewind(topic, seq) {
        const client = await pool.connect()
        await client.query('begin')
        await client.query('set local session_replication_role = replica')
        await client.query('delete from steadywire.events where topic = $1 and seq > $2', [topic, seq])
        await client.query('delete from steadywire.keys where topic = $1 and seq > $2', [topic, seq])
        await client.query(
          `update steadywire.topics t set head = e.seq, mark = right(e.id, 8), sealed = e.final
           from steadywire.events e where t.topic = $1 and e.topic = $1 and e.seq = $2`,
          [topic, seq],
        )
        await client.query('commit')
        client.release()
      },
      async recreate() {
        await pool.query('truncate steadywire.events, steadywire.topics, steadywire.keys')
      },
      async breakTails() {
        await endpoint?.faults.restartReplication()
      },
      get tails() {
        return endpoint?.open.channels ?? 0
      },
    },
    rights: {
      issue: (subject = 'reader', goodForMs = 3_600_000) =>
        database.token({ sub: subject, expiresInS: goodForMs / 1000 }),
      revoke: (token) => void revoked.add(token),
      async forbid(topic, subject = '*') {
        await pool.query('insert into public.test_forbidden values ($1, $2)', [topic, subject])
        // Realtime asks again when a token is renewed, and every few minutes.
        endpoint?.faults.closeChannels({
          message: `You no longer have permission to read from this Channel topic: ${topic}`,
        })
      },
      async hide(hidden) {
        isHidden = hidden
        if (feed === 'broadcast') await pool.query(`select steadywire.set_broadcast('events', 'heads')`)
      },
      ban() {
        banned = true
      },
      shown,
      get refusals() {
        return refusals
      },
    },
    serve(to) {
      endpoint = to
      to.faults.answerRest(async (request, pass) => {
        const token = request.headers.get('authorization')?.replace(/^Bearer /, '')
        if (token?.split('.').length === 3) shown.push(token)
        if (banned) return Response.json({ code: '42501', message: 'permission denied' }, { status: 403 })
        if (token !== undefined && revoked.has(token)) {
          refusals++
          return Response.json({ code: 'PGRST301', message: 'JWT is not accepted' }, { status: 401 })
        }
        const topic = request.url.endsWith('/rpc/steadywire_read')
          ? String((await request.clone().json()).topic)
          : undefined
        if (topic !== undefined) await source.log.beforeRead?.(topic)
        const response = await pass(request)
        if (topic !== undefined) await source.log.afterRead?.(topic)
        if (response.status === 401) refusals++
        return response
      })
    },
    async close() {
      await pool.query(
        `delete from public.test_forbidden; delete from public.test_hidden; select steadywire.set_broadcast('events', '${feed === 'broadcast' ? 'events' : 'off'}')`,
      )
      await log.close()
      await pool.end()
    },
  }
  return source
}
