import type { Continuity } from './gap.ts'

/** The promise behind `Subscription.ready`, made only when somebody asks for it; it settles once. */
export class Ready {
  #outcome: { readonly value: Continuity } | { readonly error: Error } | undefined
  #promise: Promise<Continuity> | undefined
  #settle: (() => void) | undefined

  get promise(): Promise<Continuity> {
    if (this.#promise) return this.#promise
    this.#promise = new Promise((resolve, reject) => {
      this.#settle = () => {
        if (!this.#outcome) return
        if ('value' in this.#outcome) resolve(this.#outcome.value)
        else reject(this.#outcome.error)
      }
    })
    this.#promise.catch(() => {})
    this.#settled()
    return this.#promise
  }

  resolve(value: Continuity): void {
    this.#outcome ??= { value }
    this.#settled()
  }

  reject(error: Error): void {
    this.#outcome ??= { error }
    this.#settled()
  }

  #settled(): void {
    this.#settle?.()
    if (this.#outcome) this.#settle = undefined
  }
}
