import { type Clock, type Random, systemClock, systemRandom } from './clock.ts'
import { withDeadline } from './deadline.ts'
import { SteadywireError, toWireError, type WireError, wireError } from './errors.ts'
import { type OpenWire, openWire, overWire } from './failover-wire.ts'
import { pause } from './pause.ts'
import type { ConnectContext, Transport } from './transport.ts'
import { createWireHealth } from './wire-health.ts'

/** A wire that is given up from outside after so long counts as one that hangs. */
const hungMs = 2000

export interface FailoverOptions {
  /**
   * All wires reach the same log, so that a position of one is good on every other: a switch loses and repeats nothing.
   * Without it each switch may meet another log, which is told by a gap of reason `epoch`; so a wire is kept until it fails.
   */
  readonly sameLog?: boolean
  /** How long a wire may take to open, or owe an answer while nothing is heard of it, ms. Default 4,000. */
  readonly deadlineMs?: number
  /** The preferred wire is returned to when it was open for so long in the background, ms. Default 5,000. */
  readonly stableMs?: number
  readonly clock?: Clock
  readonly random?: Random
}

/** Several wires as one. Made by {@link failover}. */
export interface FailoverTransport extends Transport {
  /** As they were given. */
  readonly wires: readonly Transport[]
  /** The wire in use, by its place; undefined while none is open. */
  readonly active: number | undefined
  /** Prefers the wire at this place from now on, and goes over to it; while it can't be had, the others go on. */
  use(place: number): void
}

/**
 * Makes one transport of several: when the wire in use dies, stalls or is refused, the next one goes on after the last
 * event that was taken. The first wire is the preferred one: while another is in use it is tried in the background, and
 * returned to when it has proved stable.
 *
 * @example
 * const transport = failover([socketio({ url }), sse({ url })], { sameLog: true })
 *
 * @throws SteadywireError `invalid_option`; `not_supported` for a wire without positions
 */
export function failover(wires: readonly Transport[], options: FailoverOptions = {}): FailoverTransport {
  checkWires(wires)
  const { clock = systemClock, random = systemRandom, sameLog = false } = options
  const deadlineMs = checkMs('deadlineMs', options.deadlineMs ?? 4000)
  const stableMs = checkMs('stableMs', options.stableMs ?? 5000)
  const health = createWireHealth(wires.length, clock, random)
  /** The wires that refused a token, and have not opened since: a fresh one helps once. */
  const refused = new Set<number>()
  let preferred = 0
  let current: { readonly place: number; leave(error: WireError): void } | undefined

  const open = (place: number, context: ConnectContext): Promise<OpenWire> =>
    openWire(wires[place] as Transport, context, clock, deadlineMs)

  function adopt(place: number, wire: OpenWire, context: ConnectContext) {
    const life = new AbortController()
    const connection = overWire(wire, clock, deadlineMs, (error) => {
      life.abort()
      if (current === self) current = undefined
      if (error.kind !== 'auth' && error.code !== 'superseded' && error.code !== 'closed') health.failed(place)
      return error.kind === 'refused' || error.kind === 'config' ? passing(error, place) : error
    })
    const leave = (error: WireError): void => void connection.leave(error).catch(() => {})
    const self = { place, leave }
    current = self
    void pause(clock, stableMs, life.signal).then(() => life.signal.aborted || health.stable(place))
    if (sameLog && place !== preferred) void comeBack(place, context, life.signal, leave)
    return connection
  }

  /** Where another wire may be had, no refusal is final. */
  function passing(error: WireError, place: number): WireError {
    const other = [...wires.keys()].some((each) => each !== place && health.isDue(each))
    return other ? wireError('retry', error.code, error.message, { cause: error }) : error
  }

  /** Tries the preferred wire beside the one in use, until it stays open. */
  async function comeBack(from: number, context: ConnectContext, life: AbortSignal, leave: (error: WireError) => void) {
    // The app may come to prefer the wire in use: what is beside it has lost its purpose then.
    while (!life.aborted && preferred !== from) {
      const place = preferred
      await pause(clock, health.dueIn(place), life)
      if (life.aborted || preferred !== place || !(await staysOpen(place, context, life))) continue
      if (preferred === place) leave(supersededBy(wires[place] as Transport))
    }
  }

  async function staysOpen(place: number, context: ConnectContext, life: AbortSignal): Promise<boolean> {
    try {
      const { connection, end } = await open(place, { ...context, wanted: [], heard() {}, signal: life })
      const died = await Promise.race([connection.closed, pause(clock, stableMs, life)])
      await withDeadline(clock, deadlineMs, 'Closing', end(), life)
      if (died) throw died
      // It was open, and carried nothing yet: only use proves more.
      if (!life.aborted) health.usable(place)
      return !life.aborted
    } catch {
      if (!life.aborted) health.failed(place)
      return false
    }
  }

  return {
    wires,
    name: 'failover',
    get capabilities() {
      const able = current ? [wires[current.place] as Transport] : wires
      const all = (what: 'heads' | 'append' | 'renew') => able.every(({ capabilities }) => capabilities[what])
      return { positions: true as const, heads: all('heads'), append: all('append'), renew: all('renew') }
    },
    async connect(context) {
      const errors: WireError[] = []
      let curable: WireError | undefined
      const wanted = preferred
      for (const place of health.order(wanted)) {
        const asked = clock.now()
        try {
          const wire = await open(place, context)
          refused.delete(place)
          for (const error of errors) context.warn(error)
          const connection = adopt(place, wire, context)
          // The app ordered another one meanwhile.
          if (preferred !== wanted && preferred !== place) current?.leave(supersededBy(wires[preferred] as Transport))
          return connection
        } catch (thrown) {
          // Who gives up so late would else begin with the same one again, and never come to the others.
          if (context.signal.aborted && clock.now() - asked < hungMs) throw thrown
          health.failed(place)
          if (context.signal.aborted) throw thrown
          const error = toWireError(thrown, 'unavailable')
          errors.push(error)
          if (error.kind !== 'auth') continue
          if (!refused.has(place)) curable ??= error
          refused.add(place)
        }
      }
      throw curable ?? foremost(errors)
    },
    get active() {
      return current?.place
    },
    use(place) {
      if (!wires[place])
        throw new SteadywireError('invalid_option', `There is no wire at place ${place}`, {
          hint: `Give a place from 0 to ${wires.length - 1}.`,
        })
      preferred = place
      health.stable(place)
      if (current && current.place !== place) current.leave(supersededBy(wires[place]))
    },
  }
}

function supersededBy({ name }: Transport): WireError {
  return wireError('retry', 'superseded', `Going on by ${name}`, { retryAfterMs: 0 })
}

/** What may pass is tried again; only where nothing may, it is final. */
function foremost(errors: readonly WireError[]): WireError {
  const of = (kind: WireError['kind']) => errors.find((error) => error.kind === kind)
  return of('retry') ?? of('refused') ?? (errors[0] as WireError)
}

function checkWires(wires: readonly Transport[]): void {
  if (!Array.isArray(wires) || wires.length < 2 || wires.some((wire) => typeof wire?.connect !== 'function'))
    throw new SteadywireError('invalid_option', 'failover() needs two transports or more', {
      hint: 'Write failover([socketio({ url }), sse({ url })], { sameLog: true }).',
    })
  const bare = wires.find(({ capabilities }) => !capabilities.positions)
  if (bare)
    throw new SteadywireError('not_supported', `${bare.name} has no positions, so no other wire can go on after it`, {
      hint: 'Leave it out, and follow it by a subscriber of its own.',
    })
}

function checkMs(name: string, value: number): number {
  if (value > 0) return value
  throw new SteadywireError('invalid_option', `${name} of failover is ${value}`, {
    hint: 'Give milliseconds, above 0.',
  })
}
