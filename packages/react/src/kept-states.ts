import { messageOf, SteadywireError, type Subscriber, withDeadline } from '@steadywire/core'
import type { KeyValueStorage } from './persist.ts'
import { tellConsole } from './tell-console.ts'

/** What takes longer counts as failed, ms: a storage that hangs must not keep a stream away, nor stop all later writes. */
const deadlineMs = 5000
/** So many states of one subject are kept, the newest: nobody removes those of topics that are not looked at any more. */
const mostKept = 100

const known = new WeakMap<Subscriber, WeakMap<KeyValueStorage, KeptStates>>()

/** What a subscriber's states keep in a storage. */
export function keptStates(subscriber: Subscriber, storage: KeyValueStorage): KeptStates {
  const byStorage = known.get(subscriber) ?? new WeakMap<KeyValueStorage, KeptStates>()
  known.set(subscriber, byStorage)
  const kept = byStorage.get(storage) ?? new KeptStates(subscriber, storage)
  byStorage.set(storage, kept)
  return kept
}

/**
 * The entries in one storage, listed by subject, so that all of who signs out can be forgotten, whether they are shown or not. A subject
 * that has no name is nobody in particular: what it kept is forgotten whenever the identity changes (D10). It listens as long as the
 * subscriber lives.
 */
export class KeptStates {
  readonly #subscriber: Subscriber
  readonly #storage: KeyValueStorage
  #subject: string | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** Counts how often something was forgotten: a write that hung meanwhile must not bring it back. */
  #forgotten = 0
  #isFailing = false

  constructor(subscriber: Subscriber, storage: KeyValueStorage) {
    this.#subscriber = subscriber
    this.#storage = storage
    this.#subject = subscriber.subject
    subscriber.on('identity', ({ purge }) => {
      if (purge || this.#subject === undefined) void this.#forget(this.#subject)
      this.#subject = subscriber.subject
    })
  }

  /** What is written under a name; nothing where that fails. */
  async read(name: string): Promise<string | undefined> {
    try {
      const reading = this.#inTurn('Reading a state', async () => this.#storage.getItem(name))
      return (await withDeadline(this.#subscriber.clock, deadlineMs, 'Reading a state', reading)) ?? undefined
    } catch (cause) {
      this.#tell(cause)
      return undefined
    }
  }

  async write(subject: string | undefined, name: string, value: unknown): Promise<void> {
    const forgotten = this.#forgotten
    try {
      await this.#inTurn('Keeping a state', () => this.#write(subject, name, value, forgotten))
      this.#isFailing = false
    } catch (cause) {
      this.#tell(cause)
    }
  }

  async #write(subject: string | undefined, name: string, value: unknown, forgotten: number): Promise<void> {
    if (forgotten !== this.#forgotten) return
    const text = JSON.stringify(value)
    const names = await this.#namesOf(subject)
    if (!names.includes(name)) await this.#list(subject, [...names, name])
    if (forgotten !== this.#forgotten) return
    await this.#storage.setItem(name, text)
    if (forgotten !== this.#forgotten) await this.#storage.removeItem(name)
  }

  async #list(subject: string | undefined, names: readonly string[]): Promise<void> {
    await this.#remove(names.slice(0, -mostKept))
    await this.#storage.setItem(listOf(subject), JSON.stringify(names.slice(-mostKept)))
  }

  async #forget(subject: string | undefined): Promise<void> {
    this.#forgotten += 1
    try {
      await this.#inTurn('Forgetting states', async () => {
        await this.#remove(await this.#namesOf(subject))
        await this.#storage.removeItem(listOf(subject))
      })
    } catch (cause) {
      this.#isFailing = false
      this.#tell(cause)
    }
  }

  /** Removes what it can, whatever else fails. */
  async #remove(names: readonly string[]): Promise<void> {
    const results = await Promise.allSettled(names.map(async (name) => this.#storage.removeItem(name)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Read each time: another tab may have changed it. One that is damaged begins anew. */
  async #namesOf(subject: string | undefined): Promise<readonly string[]> {
    const text = await this.#storage.getItem(listOf(subject))
    try {
      const names: unknown = JSON.parse(text ?? '')
      return Array.isArray(names) ? names.map(String) : []
    } catch {
      return []
    }
  }

  /** One after the other, so that what is forgotten was written before. */
  #inTurn<T>(what: string, use: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => withDeadline(this.#subscriber.clock, deadlineMs, what, use()))
    this.#turn = done.catch(() => {})
    return done
  }

  /** The first failure in a row is told. */
  #tell(cause: unknown): void {
    if (this.#isFailing) return
    this.#isFailing = true
    tellConsole(
      new SteadywireError('cursor_store_failed', `States are not kept: ${messageOf(cause)}`, {
        cause,
        hint: 'The storage may be full or blocked; without it, states are loaded anew when the app starts again.',
      }),
    )
  }
}

function listOf(subject: string | undefined): string {
  return `steadywire:live-keys:${encodeURIComponent(subject ?? '')}`
}
