import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultBackoff } from '../src/backoff.ts'
import {
  type ConnectionInput,
  type ConnectionMachine,
  type ConnectionState,
  idleConnection,
  stepConnection,
} from '../src/connection-machine.ts'
import { wireError } from '../src/errors.ts'

const rules = { ...defaultBackoff, jitter: false }
const retry = wireError('retry', 'connection_lost', 'lost')
const auth = wireError('auth', 'unauthenticated', 'expired', { token: 't' })
const refused = wireError('refused', 'forbidden', 'no')

/** Every transition that there may be (the table of DESIGN.md, section 4). */
const allowed: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  idle: ['connecting', 'suspended', 'closed'],
  connecting: ['connecting', 'online', 'waiting', 'suspended', 'failed', 'closed'],
  online: ['connecting', 'waiting', 'suspended', 'failed', 'closed'],
  waiting: ['connecting', 'suspended', 'closed'],
  suspended: ['connecting', 'closed'],
  failed: ['connecting', 'suspended', 'closed'],
  closed: [],
}

function play(
  inputs: readonly (ConnectionInput | ((machine: ConnectionMachine) => ConnectionInput))[],
): ConnectionMachine {
  return inputs.reduce<ConnectionMachine>(
    (machine, input) => stepConnection(machine, typeof input === 'function' ? input(machine) : input, rules).machine,
    idleConnection,
  )
}

const opened = ({ generation }: ConnectionMachine): ConnectionInput => ({ kind: 'opened', generation })
const elapsed = ({ generation }: ConnectionMachine): ConnectionInput => ({ kind: 'delayElapsed', generation })
const ended =
  (error = retry, outdated = false) =>
  ({ generation }: ConnectionMachine): ConnectionInput => ({ kind: 'ended', generation, error, outdated, random: 0.5 })
const needed: ConnectionInput = { kind: 'needed' }

describe('the connection machine', () => {
  const input = fc.oneof(
    fc.constant(needed),
    fc.constantFrom<ConnectionInput>({ kind: 'woke' }, { kind: 'retried' }, { kind: 'identityChanged' }),
    fc.constant<ConnectionInput>({ kind: 'closed' }).map((value) => value),
    fc.record({
      kind: fc.constantFrom('suspended' as const, 'resumed' as const),
      reason: fc.constantFrom('offline' as const, 'background' as const, 'paused' as const),
    }),
    fc.constantFrom(opened, elapsed, ended(), ended(auth), ended(auth, true), ended(refused)),
    fc.constant(
      (machine: ConnectionMachine): ConnectionInput => ({ kind: 'provedStable', generation: machine.generation }),
    ),
    fc.integer({ min: 0, max: 5 }).map((generation): ConnectionInput => ({ kind: 'opened', generation })),
  )

  it('[C1] makes only the transitions of the table, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
        let machine = idleConnection
        for (const next of inputs) {
          const step = stepConnection(machine, typeof next === 'function' ? next(machine) : next, rules)
          if (step.machine.state !== machine.state) expect(allowed[machine.state]).toContain(step.machine.state)
          const opens = step.effects.some(({ kind }) => kind === 'open')
          if (opens) expect(step.machine).toMatchObject({ state: 'connecting', suspendedBy: [] })
          if (step.effects.some(({ kind }) => kind === 'abandon'))
            expect(step.machine.generation).toBe(machine.generation + 1)
          machine = step.machine
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('[C6] machine/online-while-paused-or-refused: coming online connects neither while paused nor after a refusal', () => {
    const paused = play([
      needed,
      opened,
      { kind: 'suspended', reason: 'paused' },
      { kind: 'suspended', reason: 'offline' },
      { kind: 'resumed', reason: 'offline' },
    ])
    expect(paused).toMatchObject({ state: 'suspended', suspendedBy: ['paused'] })
    const forbidden = play([
      needed,
      ended(refused),
      { kind: 'suspended', reason: 'offline' },
      { kind: 'resumed', reason: 'offline' },
      { kind: 'woke' },
    ])
    expect(forbidden.state).toBe('failed')
    expect(stepConnection(forbidden, { kind: 'retried' }, rules).machine.state).toBe('connecting')
  })

  it('[C2] waits 1, 2, 4, 8, 16, 30, 30 … s, fails after ten attempts, and a wake begins anew', () => {
    const delays: (number | undefined)[] = []
    let machine = play([needed])
    while (machine.state !== 'failed') {
      machine = stepConnection(machine, ended()(machine), rules).machine
      if (machine.state === 'waiting') {
        delays.push(machine.delayMs)
        machine = stepConnection(machine, elapsed(machine), rules).machine
      }
    }
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000])
    expect(stepConnection(machine, { kind: 'woke' }, rules).machine).toMatchObject({ state: 'connecting', attempt: 0 })
  })

  it('[C2] obeys "retry after" and "going away", and they cost no attempt', () => {
    const away = wireError('retry', 'going_away', 'draining', { retryAfterMs: 4321 })
    expect(play([needed, opened, ended(away)])).toMatchObject({ state: 'waiting', delayMs: 4321, attempt: 0 })
    expect(play([needed, ended(away)])).toMatchObject({ state: 'waiting', delayMs: 4321, attempt: 0 })
  })

  it('[C2] counts attempts from anew only once the connection proved stable', () => {
    const flapping = play([needed, opened, ended(), elapsed, opened, ended(), elapsed, opened])
    expect(flapping.attempt).toBe(2)
    expect(
      stepConnection(flapping, { kind: 'provedStable', generation: flapping.generation }, rules).machine.attempt,
    ).toBe(0)
  })

  it('[C3] refreshes a refused token once, then it is final; a refusal is final at once', () => {
    const first = stepConnection(play([needed]), ended(auth)(play([needed])), rules)
    expect(first.effects).toContainEqual({ kind: 'open', refresh: true })
    expect(play([needed, ended(auth), ended(auth)]).state).toBe('failed')
    expect(play([needed, ended(refused)]).state).toBe('failed')
  })

  it('[C3] charges nothing for a token that is no longer the current one', () => {
    expect(play([needed, ended(auth, true)])).toMatchObject({ state: 'connecting', attempt: 0, mayRefresh: true })
  })

  it('[C8] ignores what a stale generation says', () => {
    const machine = play([needed, ended(), elapsed])
    for (const kind of ['opened', 'delayElapsed', 'provedStable'] as const)
      expect(stepConnection(machine, { kind, generation: machine.generation - 1 }, rules).machine).toBe(machine)
    expect(
      stepConnection(machine, { kind: 'ended', generation: 1, error: retry, outdated: false, random: 0 }, rules)
        .machine,
    ).toBe(machine)
  })
})
