import type { Project } from '../project.ts'
import { deliveriesOf, isWanted } from './changes.ts'
import { Message } from './frames.ts'
import type { Hub } from './hub.ts'
import { type Change, followWal, type Wal } from './wal.ts'

const publications = { changes: 'supabase_realtime', messages: 'supabase_realtime_messages_publication' }
const atOnce = 100
const againMs = 1_000

/** What happens in the database, told to who wants to hear of it. */
export class Replication {
  readonly #hub: Hub
  readonly #project: Project
  #wals: readonly Wal[] = []
  #waiting: Change[] = []
  #polling: Promise<void> | undefined
  #closed = false
  #stopPolling = () => {}

  constructor(hub: Hub) {
    this.#hub = hub
    this.#project = hub.project
  }

  async start(): Promise<void> {
    const { url } = this.#project.database
    const lost = (error: unknown) => this.#restartLater(error)
    const started = await Promise.allSettled([
      followWal(url, publications.changes, { change: (change) => this.#take(change), lost }),
      followWal(url, publications.messages, { change: (change) => this.#broadcast(change), lost }),
    ])
    this.#wals = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = started.find((one) => one.status === 'rejected')
    if (failed || this.#closed) await this.stop()
    if (failed) throw failed.reason
    this.#hub.replicates = !this.#closed
  }

  async stop(): Promise<void> {
    const wals = this.#wals
    this.#wals = []
    this.#hub.replicates = false
    this.#stopPolling()
    this.#waiting = []
    await Promise.all([...wals.map((wal) => wal.close()), this.#polling])
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.stop()
  }

  /** What happens meanwhile is lost; readers are told when changes come again. */
  async restart(meanwhile?: () => unknown): Promise<void> {
    await this.stop()
    await meanwhile?.()
    await this.start()
    for (const channel of this.#hub.channels) channel.subscribeLater()
  }

  #restartLater(error: unknown): void {
    if (this.#closed) return
    this.#project.log(`the replication was lost: ${error instanceof Error ? error.message : error}`)
    this.#stopPolling()
    this.#stopPolling = this.#project.clock.after(againMs, () => {
      this.restart().catch((next: unknown) => this.#restartLater(next))
    })
  }

  #take(change: Change): void {
    this.#waiting.push(change)
    if (this.#waiting.length === 1 && !this.#polling)
      this.#stopPolling = this.#project.clock.after(this.#project.pollMs, () => {
        this.#polling = this.#poll()
      })
  }

  async #poll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, atOnce)
      await this.#deliver(some).catch((error: unknown) => this.#project.log(`changes were lost: ${error}`))
    }
    this.#polling = undefined
  }

  async #deliver(changes: readonly Change[]): Promise<void> {
    const { database, limits, wishes } = this.#project
    const readers = [...this.#hub.readers]
    const told = changes.filter((change) => isWanted(change, readers) && !wishes.dropChange.pick(change))
    const cut = new Set(told.filter((change) => wishes.cutChange.pick(change)))
    const rules = { maxBytes: limits.changeBytes, isCut: (change: Change) => cut.has(change) }
    for (const { to, payload } of await deliveriesOf(database, told, readers, rules)) {
      for (const [channel, theirs] of Map.groupBy(to, (reader) => reader.channel)) {
        // Above the rate, changes are passed over without a word.
        if (!this.#hub.messages.take()) continue
        channel.push('postgres_changes', `{"data":${payload},"ids":${JSON.stringify(theirs.map(({ id }) => id))}}`)
      }
    }
  }

  /** A row of realtime.messages. */
  #broadcast({ type, row }: Change): void {
    const { topic, event, payload, private: isPrivate, id } = row ?? {}
    if (type !== 'INSERT' || !topic || !event || !payload || !isPrivate || !id) return
    const body = Buffer.from(payload)
    if (body.length > this.#project.limits.broadcastBytes) return
    this.#hub.broadcast(topic, isPrivate === 't', new Message(event, body, true, { id }))
  }
}
