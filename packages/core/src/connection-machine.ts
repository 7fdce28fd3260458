import { type BackoffRules, backoffDelay } from './backoff.ts'
import type { SteadywireError, WireError } from './errors.ts'
import type { SuspendReason } from './lifecycle.ts'

/**
 * - `idle`: nothing was wanted yet
 * - `connecting`: a connection is being opened
 * - `online`: it is open
 * - `waiting`: the next try comes by itself, after a delay
 * - `suspended`: offline, in the background, or paused; goes on by itself when none of these holds
 * - `failed`: no further try by itself; `retry()` leaves it, after used-up attempts also a wake, after a refusal also a new token
 * - `closed`: for good
 */
export type ConnectionState = 'idle' | 'connecting' | 'online' | 'waiting' | 'suspended' | 'failed' | 'closed'

/** The connection as a pure function: facts in, effects out (guarantees C1, C2, C3, C6, C8). */
export interface ConnectionMachine {
  readonly state: ConnectionState
  /** Names one try; what another one still says is ignored. */
  readonly generation: number
  /** Tries in a row that did not lead to a stable connection. */
  readonly attempt: number
  readonly suspendedBy: readonly SuspendReason[]
  /** A refused token may be refreshed, once: if the fresh one is refused in the same go, that is final. */
  readonly mayRefresh: boolean
  /** What ended the last connection or try. */
  readonly error: SteadywireError | undefined
  /** While `waiting`: the delay, ms. */
  readonly delayMs: number | undefined
}

export type ConnectionInput =
  | { readonly kind: 'needed' }
  | { readonly kind: 'opened'; readonly generation: number }
  | { readonly kind: 'provedStable'; readonly generation: number }
  /** A try failed, or an open connection ended. `outdated`: the token that it refused is no longer the current one. */
  | {
      readonly kind: 'ended'
      readonly generation: number
      readonly error: WireError
      readonly outdated: boolean
      readonly random: number
    }
  | { readonly kind: 'delayElapsed'; readonly generation: number }
  | { readonly kind: 'suspended'; readonly reason: SuspendReason }
  | { readonly kind: 'resumed'; readonly reason: SuspendReason }
  | { readonly kind: 'woke' }
  | { readonly kind: 'retried' }
  /** The identity, or its token, was changed from outside. */
  | { readonly kind: 'identityChanged' }
  | { readonly kind: 'closed' }

export type ConnectionEffect =
  /** Open a connection under the machine's generation, after a refresh of the token if asked for. */
  | { readonly kind: 'open'; readonly refresh: boolean }
  /** Give up the current try or connection. */
  | { readonly kind: 'abandon' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Ask for the heads of all topics now. */
  | { readonly kind: 'verify' }

export interface ConnectionStep {
  readonly machine: ConnectionMachine
  readonly effects: readonly ConnectionEffect[]
}

export const idleConnection: ConnectionMachine = {
  state: 'idle',
  generation: 0,
  attempt: 0,
  suspendedBy: [],
  mayRefresh: true,
  error: undefined,
  delayMs: undefined,
}

export function stepConnection(
  machine: ConnectionMachine,
  input: ConnectionInput,
  rules: BackoffRules,
): ConnectionStep {
  if (machine.state === 'closed') return stay(machine)
  switch (input.kind) {
    case 'needed':
      if (machine.state !== 'idle') return stay(machine)
      return machine.suspendedBy.length > 0 ? move(machine, 'suspended') : open(machine)
    case 'opened':
      if (input.generation !== machine.generation || machine.state !== 'connecting') return stay(machine)
      return stay({ ...machine, state: 'online', mayRefresh: true, error: undefined })
    case 'provedStable':
      if (input.generation !== machine.generation || machine.state !== 'online') return stay(machine)
      return stay({ ...machine, attempt: 0 })
    case 'ended':
      if (input.generation !== machine.generation || (machine.state !== 'connecting' && machine.state !== 'online'))
        return stay(machine)
      return afterEnd(machine, input, rules)
    case 'delayElapsed':
      return machine.state === 'waiting' && input.generation === machine.generation ? open(machine) : stay(machine)
    case 'suspended':
      return suspend(machine, input.reason)
    case 'resumed':
      return resume(machine, input.reason)
    case 'woke':
      if (machine.state === 'online') return { machine, effects: [{ kind: 'verify' }] }
      if (machine.state === 'waiting') return open(machine)
      return exhausted(machine) ? open({ ...machine, attempt: 0 }) : stay(machine)
    case 'retried':
      return machine.state === 'waiting' || machine.state === 'failed' ? openAnew(machine) : stay(machine)
    case 'identityChanged':
      if (machine.state === 'idle' || machine.state === 'suspended') return stay(machine)
      return openAnew(machine)
    case 'closed':
      return move(machine, 'closed')
  }
}

function afterEnd(
  before: ConnectionMachine,
  { error, outdated, random }: { readonly error: WireError; readonly outdated: boolean; readonly random: number },
  rules: BackoffRules,
): ConnectionStep {
  const machine = { ...before, error }
  if (error.kind === 'refused' || error.kind === 'config') return move(machine, 'failed')
  if (error.kind === 'auth') {
    // The old token's refusal costs nothing; twice in a row it is somebody's mistake, and must not become a busy loop.
    if (outdated) return before.error?.kind === 'auth' ? wait(machine, backoffDelay(rules, 1, random)) : open(machine)
    return machine.mayRefresh ? open(machine, true) : move(machine, 'failed')
  }
  const told = error.retryAfterMs
  const free = told !== undefined && (machine.state === 'online' || error.code === 'going_away')
  const attempt = machine.attempt + (free ? 0 : 1)
  if (attempt > rules.maxAttempts) return move({ ...machine, attempt }, 'failed')
  return wait({ ...machine, attempt }, told ?? backoffDelay(rules, attempt, random))
}

function wait(machine: ConnectionMachine, ms: number): ConnectionStep {
  return {
    machine: { ...next(machine), state: 'waiting', delayMs: ms },
    effects: [{ kind: 'abandon' }, { kind: 'delay', ms }],
  }
}

function suspend(machine: ConnectionMachine, reason: SuspendReason): ConnectionStep {
  if (machine.suspendedBy.includes(reason)) return stay(machine)
  const suspended = { ...machine, suspendedBy: [...machine.suspendedBy, reason] }
  return machine.state === 'idle' || machine.state === 'failed' ? stay(suspended) : move(suspended, 'suspended')
}

function resume(machine: ConnectionMachine, reason: SuspendReason): ConnectionStep {
  if (!machine.suspendedBy.includes(reason)) return stay(machine)
  const resumed = { ...machine, suspendedBy: machine.suspendedBy.filter((other) => other !== reason) }
  if (resumed.suspendedBy.length > 0) return stay(resumed)
  return machine.state === 'suspended' || exhausted(resumed) ? open({ ...resumed, attempt: 0 }) : stay(resumed)
}

/** Failed because the attempts were used up, not because of a refusal. */
function exhausted(machine: ConnectionMachine): boolean {
  return machine.state === 'failed' && machine.suspendedBy.length === 0 && machine.error?.kind === 'retry'
}

function openAnew(machine: ConnectionMachine): ConnectionStep {
  const fresh = { ...machine, attempt: 0 }
  return machine.suspendedBy.length > 0 ? move(fresh, 'suspended') : open(fresh)
}

function open(machine: ConnectionMachine, refresh = false): ConnectionStep {
  return {
    machine: { ...next(machine), state: 'connecting', mayRefresh: !refresh },
    effects: [{ kind: 'abandon' }, { kind: 'open', refresh }],
  }
}

function move(machine: ConnectionMachine, state: ConnectionState): ConnectionStep {
  return { machine: { ...next(machine), state }, effects: [{ kind: 'abandon' }] }
}

function next(machine: ConnectionMachine): ConnectionMachine {
  return { ...machine, generation: machine.generation + 1, delayMs: undefined }
}

function stay(machine: ConnectionMachine): ConnectionStep {
  return { machine, effects: [] }
}
