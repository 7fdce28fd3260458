/** An array that keeps its numbering when its front is dropped: O(1) push and get, amortised O(1) drop. */
export class OffsetQueue<T> {
  #items: (T | undefined)[] = []
  #base: number
  #first: number

  /** @param first The number of the first item. */
  constructor(first: number) {
    this.#base = first
    this.#first = first
  }

  get first(): number {
    return this.#first
  }

  /** The number that the next item gets. */
  get end(): number {
    return this.#base + this.#items.length
  }

  push(item: T): void {
    this.#items.push(item)
  }

  get(number: number): T | undefined {
    return number < this.#first ? undefined : this.#items[number - this.#base]
  }

  replace(number: number, item: T): void {
    if (number >= this.#first && number < this.end) this.#items[number - this.#base] = item
  }

  /** Drops everything before `first`. */
  dropBefore(first: number): void {
    for (; this.#first < first && this.#first < this.end; this.#first++)
      this.#items[this.#first - this.#base] = undefined
    const dropped = this.#first - this.#base
    if (dropped > 1024 && dropped * 2 > this.#items.length) {
      this.#items = this.#items.slice(dropped)
      this.#base = this.#first
    }
  }

  toArray(): T[] {
    return this.#items.slice(this.#first - this.#base) as T[]
  }
}
