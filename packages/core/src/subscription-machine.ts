import { type BackoffRules, backoffDelay } from './backoff.ts'
import type { WireError } from './errors.ts'
import type { SubscriptionStatus } from './subscription.ts'

/** One subscription's way to its feed, as a pure function; what arrives on it is the sequencer's business. */
export interface SubscriptionMachine {
  readonly status: SubscriptionStatus
  /** Names one attach; what another one still says is ignored (C8). */
  readonly generation: number
  /** Tries in a row that did not catch up. */
  readonly attempt: number
  /** The token was refreshed for this topic, and it was not live since. */
  readonly refreshed: boolean
  /** What failed last; gone when it is live again. */
  readonly error: WireError | undefined
}

export type SubscriptionInput =
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'attached' }
  | { readonly kind: 'caughtUp' }
  /** The log contradicts the position. */
  | { readonly kind: 'doubted' }
  /** Attaching or reading failed, or the feed was lost. */
  /** `outdated`: the token that was refused is no longer the current one. */
  | { readonly kind: 'failed'; readonly error: WireError; readonly outdated: boolean; readonly random: number }
  | { readonly kind: 'delayElapsed' }
  | { readonly kind: 'tokenRefreshed' }
  /** What was refused may be asked again: a new token, or the app's `retry()`. */
  | { readonly kind: 'reopened' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'unsubscribed' }

export type SubscriptionEffect =
  | { readonly kind: 'attach' }
  | { readonly kind: 'detach' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Drop what is queued, and say why. */
  | { readonly kind: 'refuse'; readonly error: WireError }
  | { readonly kind: 'refreshToken' }

export interface SubscriptionStep {
  readonly machine: SubscriptionMachine
  readonly effects: readonly SubscriptionEffect[]
}

export const newSubscription: SubscriptionMachine = {
  status: 'attaching',
  generation: 0,
  attempt: 0,
  refreshed: false,
  error: undefined,
}

export function stepSubscription(
  machine: SubscriptionMachine,
  input: SubscriptionInput,
  rules: BackoffRules,
): SubscriptionStep {
  if (machine.status === 'ended' || machine.status === 'detached') return stay(machine)
  const refused = machine.status === 'refused'
  switch (input.kind) {
    case 'connected':
      return refused ? stay(machine) : attach(machine)
    case 'disconnected':
      return refused ? stay(machine) : move(machine, 'attaching')
    case 'attached':
      return stay({ ...machine, status: 'replaying' })
    case 'caughtUp':
      return stay({ ...machine, status: 'live', attempt: 0, refreshed: false, error: undefined })
    case 'doubted':
      return stay({ ...machine, status: 'delayed' })
    case 'failed':
      return afterFailure({ ...machine, error: input.error }, input, rules)
    case 'delayElapsed':
    case 'tokenRefreshed':
      return machine.status === 'delayed' ? attach(machine) : stay(machine)
    case 'reopened':
      return refused ? attach({ ...machine, attempt: 0, refreshed: false, error: undefined }) : stay(machine)
    case 'ended':
      return move(machine, 'ended')
    case 'unsubscribed':
      return move(machine, 'detached')
  }
}

function afterFailure(
  machine: SubscriptionMachine,
  { error, outdated, random }: { readonly error: WireError; readonly outdated: boolean; readonly random: number },
  rules: BackoffRules,
): SubscriptionStep {
  const spent = error.kind === 'auth' && machine.refreshed && !outdated
  if (error.kind === 'refused' || error.kind === 'config' || spent) {
    const step = move(machine, 'refused')
    return { machine: step.machine, effects: [...step.effects, { kind: 'refuse', error }] }
  }
  if (error.kind === 'auth' && !outdated) {
    const step = move({ ...machine, refreshed: true }, 'delayed')
    return { machine: step.machine, effects: [...step.effects, { kind: 'refreshToken' }] }
  }
  const attempt = machine.attempt + 1
  const ms = error.retryAfterMs ?? backoffDelay(rules, attempt, random)
  const step = move({ ...machine, attempt }, 'delayed')
  return { machine: step.machine, effects: [...step.effects, { kind: 'delay', ms }] }
}

function attach(machine: SubscriptionMachine): SubscriptionStep {
  const step = move(machine, 'attaching')
  return { machine: step.machine, effects: [...step.effects, { kind: 'attach' }] }
}

function move(machine: SubscriptionMachine, status: SubscriptionStatus): SubscriptionStep {
  return { machine: { ...machine, status, generation: machine.generation + 1 }, effects: [{ kind: 'detach' }] }
}

function stay(machine: SubscriptionMachine): SubscriptionStep {
  return { machine, effects: [] }
}
