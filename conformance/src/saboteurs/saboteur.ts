/** A transport or log that is broken in one way, and the clauses whose cases must notice. */
export interface Saboteur<Harness> {
  readonly name: string
  /** A case of one of these must fail. */
  readonly clauses: readonly string[]
  readonly harness: Harness
}

export function withoutMark<T extends { readonly mark?: string }>({ mark: _, ...position }: T): Omit<T, 'mark'> {
  return position
}
