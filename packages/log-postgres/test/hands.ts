import pg from 'pg'

/** What an operator or a restored backup can do to topics behind the log's back. */
export function handsOn(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  pool.on('error', () => {})
  return {
    pool,
    /** Removes what is at or below `seq`, as the log's own retention does. */
    async trim(topic: string, seq: number) {
      await pool.query('delete from steadywire.events where topic = $1 and seq <= $2', [topic, seq])
    },
    /** Takes the topic back to `seq`, as a restored backup does: nothing of what came later is known. */
    async rewind(topic: string, seq: number) {
      const client = await pool.connect()
      try {
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
      } finally {
        client.release()
      }
    },
    async forgetAll() {
      await pool.query('truncate steadywire.events, steadywire.topics, steadywire.keys')
    },
    async breakTails() {
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and pid <> pg_backend_pid()`,
      )
    },
    close: () => pool.end(),
  }
}
