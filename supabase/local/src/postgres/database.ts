import pg from 'pg'

export type Row = Readonly<Record<string, unknown>>

/** The database, as the one who may do everything. Values come as PostgreSQL writes them, or as `pg` reads them. */
export interface Database {
  readonly url: string
  /** One statement with parameters. */
  query(text: string, params?: readonly unknown[]): Promise<Row[]>
  /** The same, every value as the text that PostgreSQL writes. */
  texts(text: string, params?: readonly unknown[]): Promise<(string | null)[][]>
  /** Several statements in one go, answering the rows of each; a `begin` without end is rolled back. */
  script(text: string): Promise<Row[][]>
  /** Runs while nobody else does such a thing on this database. */
  alone<T>(run: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Any number that is ours. */
const lock = 7_236_837_465

const asTexts = { getTypeParser: () => (text: string) => text }

export function connectDatabase(url: string): Database {
  const pool = new pg.Pool({ connectionString: url, max: 4, allowExitOnIdle: true })
  // An idle connection that is lost is opened again by the next query.
  pool.on('error', () => {})
  return {
    url,
    async query(text, params = []) {
      return (await pool.query<Row>(text, [...params])).rows
    },
    async texts(text, params = []) {
      const { rows } = await pool.query<(string | null)[]>({
        text,
        values: [...params],
        rowMode: 'array',
        types: asTexts,
      })
      return rows
    },
    async script(text) {
      const client = await pool.connect()
      try {
        const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(text)
        return (Array.isArray(result) ? result : [result]).map(({ rows }) => rows)
      } catch (error) {
        await client.query('rollback').catch(() => {})
        throw error
      } finally {
        client.release()
      }
    },
    async alone(run) {
      const client = await pool.connect()
      try {
        await client.query('select pg_advisory_lock($1)', [lock])
        return await run()
      } finally {
        await client.query('select pg_advisory_unlock($1)', [lock]).finally(() => client.release())
      }
    },
    close: () => pool.end(),
  }
}

export const literal = pg.escapeLiteral
export const identifier = pg.escapeIdentifier
