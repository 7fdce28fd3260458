import { type Draft, randomId } from '@steadywire/core'

export const draft = (data: unknown, more: Partial<Draft> = {}): Draft => ({
  id: randomId(),
  type: 'note',
  data,
  ...more,
})

export const drafts = (count: number, from = 1): Draft[] =>
  Array.from({ length: count }, (_, index) => draft(from + index))

export const seqsOf = (events: readonly { readonly seq: number }[]) => events.map(({ seq }) => seq)
