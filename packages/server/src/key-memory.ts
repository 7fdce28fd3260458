import { OffsetQueue } from './offset-queue.ts'

/** One append that is remembered, so that a repeat is answered with its position. */
export interface Remembered {
  readonly scope: string
  readonly id: string
  readonly key?: string
  readonly seq: number
  /** Milliseconds since 1970. */
  readonly time: number
}

interface Scope {
  readonly ids: Map<string, Remembered>
  readonly keys: Map<string, Remembered>
}

/** The ids and keys of one topic, per producer, for a bounded time and in a bounded number. */
export class KeyMemory {
  readonly #scopes = new Map<string, Scope>()
  readonly #order = new OffsetQueue<Remembered>(0)

  withId(scope: string, id: string): Remembered | undefined {
    return this.#scopes.get(scope)?.ids.get(id)
  }

  withKey(scope: string, key: string | undefined): Remembered | undefined {
    return key === undefined ? undefined : this.#scopes.get(scope)?.keys.get(key)
  }

  add(entry: Remembered): void {
    let scope = this.#scopes.get(entry.scope)
    if (!scope) {
      scope = { ids: new Map(), keys: new Map() }
      this.#scopes.set(entry.scope, scope)
    }
    scope.ids.set(entry.id, entry)
    if (entry.key !== undefined) scope.keys.set(entry.key, entry)
    this.#order.push(entry)
  }

  /** Forgets what was appended before `before`, and the oldest above `max`. */
  forget(before: number, max: number): void {
    const order = this.#order
    for (let entry = order.get(order.first); entry; entry = order.get(order.first)) {
      if (entry.time >= before && order.end - order.first <= max) return
      order.dropBefore(order.first + 1)
      const scope = this.#scopes.get(entry.scope)
      scope?.ids.delete(entry.id)
      if (entry.key !== undefined) scope?.keys.delete(entry.key)
      if (scope?.ids.size === 0) this.#scopes.delete(entry.scope)
    }
  }

  toArray(): Remembered[] {
    return this.#order.toArray()
  }
}
