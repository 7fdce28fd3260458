import type { Grant } from './authorise.ts'

/** By whom limits are counted: the subject, or the origin of a client without one. */
export function accountOf({ subject }: Pick<Grant, 'subject'>, origin: string | undefined): string {
  return subject !== undefined ? `subject:${subject}` : `origin:${origin ?? ''}`
}

/** Clients without any name can't be told apart: none is to pay for the connections and reads of the others. */
export function isNamed(account: string): boolean {
  return account !== 'origin:'
}
