import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { LogicalReplicationService, type Pgoutput, PgoutputPlugin } from 'pg-logical-replication'
import type { ChangeType } from './subscription.ts'

export type Texts = Readonly<Record<string, string | null | undefined>>

/** One row's change as the log of PostgreSQL tells it. A value that is undefined was not told: large, and unchanged. */
export interface Change {
  readonly type: ChangeType
  readonly schema: string
  readonly table: string
  readonly relation: number
  /** The transaction: its commit may be told before its rows can be seen. */
  readonly xid: number
  readonly committedAtMs: number
  /** Not for DELETE. */
  readonly row: Texts | undefined
  /** What identified the row before; not for INSERT. */
  readonly old: Texts | undefined
}

/** Follows a publication from now on, by a slot that dies with its connection. */
export interface Wal {
  close(): Promise<void>
}

/** PostgreSQL's output plugin: makes its slot when it starts, and leaves every value the text that PostgreSQL wrote. */
class TextPlugin extends PgoutputPlugin {
  readonly started: Promise<void>
  #start: () => void = () => {}

  constructor(publication: string) {
    super({ protoVersion: 1, publicationNames: [publication] })
    this.started = new Promise((resolve) => {
      this.#start = resolve
    })
  }

  override async start(client: Client, slot: string, lsn: string): Promise<unknown> {
    await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`)
    this.#start()
    return super.start(client, slot, lsn)
  }

  override parse(buffer: Buffer): Pgoutput.Message {
    const message = super.parse(buffer)
    if (message.tag === 'relation') for (const column of message.columns) column.parser = (text: string) => text
    return message
  }
}

export async function followWal(
  url: string,
  publication: string,
  on: { change(change: Change): void; lost(error: unknown): void },
): Promise<Wal> {
  const plugin = new TextPlugin(publication)
  const service = new LogicalReplicationService({ connectionString: url, application_name: 'steadywire_supabase' })
  let closed = false
  let xid = 0
  let committedAtMs = 0
  service.on('data', (_lsn: string, message: Pgoutput.Message) => {
    if (message.tag === 'begin') {
      xid = message.xid
      committedAtMs = Number(message.commitTime.valueOf()) / 1000
    } else if (message.tag === 'insert' || message.tag === 'update' || message.tag === 'delete')
      on.change(changeOf(message, xid, committedAtMs))
  })
  const failed = new Promise<never>((_, reject) => {
    service.on('error', (error: unknown) => {
      reject(error)
      if (!closed) on.lost(error)
    })
  })
  failed.catch(() => {})
  const slot = `steadywire_${randomBytes(8).toString('hex')}`
  const ended = service.subscribe(plugin, slot).catch((error: unknown) => {
    if (!closed) throw error
  })
  ended.catch(() => {})
  await Promise.race([plugin.started, failed, ended]).catch(async (error: unknown) => {
    closed = true
    await service.destroy()
    throw error
  })
  return {
    async close() {
      closed = true
      await service.destroy()
    },
  }
}

type RowMessage = Pgoutput.MessageInsert | Pgoutput.MessageUpdate | Pgoutput.MessageDelete

function changeOf(message: RowMessage, xid: number, committedAtMs: number): Change {
  const { schema, name: table, relationOid: relation } = message.relation
  const type = typeOf(message.tag)
  const row = message.tag === 'delete' ? undefined : message.new
  return { type, schema, table, relation, xid: xid >>> 0, committedAtMs, row, old: oldOf(message) }
}

/** An update that left the key alone tells no old one: it is the new one's. */
function oldOf(message: RowMessage): Texts | undefined {
  if (message.tag === 'insert') return undefined
  if (message.old ?? message.key) return message.old ?? message.key ?? undefined
  if (message.tag === 'delete') return undefined
  return Object.fromEntries(message.relation.keyColumns.map((name) => [name, message.new[name]]))
}

const typeOf = (tag: RowMessage['tag']): ChangeType =>
  tag === 'insert' ? 'INSERT' : tag === 'update' ? 'UPDATE' : 'DELETE'
