export interface Note {
  readonly n: number
  readonly text?: string
  readonly list?: readonly unknown[]
}

/** A Standard Schema by hand, so that the suite needs no validator: `{ n: number }` and whatever else there is. */
export const noteSchema = {
  '~standard': {
    version: 1,
    vendor: 'steadywire-conformance',
    validate(value: unknown) {
      if (isNote(value)) return { value }
      return { issues: [{ message: 'n is not a number', path: ['n'] }] }
    },
    types: undefined as { readonly input: Note; readonly output: Note } | undefined,
  },
} as const

function isNote(value: unknown): value is Note {
  return typeof value === 'object' && value !== null && 'n' in value && typeof value.n === 'number'
}
