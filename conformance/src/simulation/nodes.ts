import { type Clock, type Random, type Transport, type WireItem, wireError } from '@steadywire/core'
import { createTestTransport, type TestLog } from '@steadywire/core/testing'
import { isHidden } from './oracle.ts'

const count = 2
const heartbeatMs = 5000

/** The servers of one log, and the wires to them. */
export interface Nodes {
  /** Leads to the node that serves at the moment. */
  readonly transport: Transport
  /** What holds for every wire; changed while they run. */
  readonly conditions: { stalled: boolean; offline: boolean; forbidden: boolean }
  /** The share of live items that are lost, come twice, or are overtaken. */
  readonly noise: { lose: number; repeat: number; reorder: number }
  cut(): void
  /** Another node serves from now on. */
  switch(): void
  /** The node that serves sees nothing new for a while; `thawed` is called when that is over. */
  freeze(ms: number, thawed: (node: number) => void): void
  /** The token that was accepted last is refused from now on, also on what is open. */
  expireToken(): void
}

export function createNodes(log: TestLog, clock: Clock, random: Random): Nodes {
  const frozen: (Pick<TestLog, 'read'> | undefined)[] = Array.from({ length: count })
  const noise = { lose: 0, repeat: 0, reorder: 0 }
  const conditions = { stalled: false, offline: false, forbidden: false }
  const refused = new Set<string | undefined>()
  let accepted: string | undefined
  let held: WireItem[] = []
  let node = 0

  const wires = frozen.map((_, index) =>
    createTestTransport(
      { ...log, read: (name, range) => (frozen[index] ?? log).read(name, range) },
      clock,
      {
        latency: () => 1 + Math.floor(random() * 40),
        live: (items) => (frozen[index] ? [] : items.flatMap(disturb)),
        visible: ({ id }) => !isHidden(id),
        refusal(token) {
          if (conditions.offline) return wireError('retry', 'unavailable', 'offline')
          if (refused.has(token)) return wireError('auth', 'unauthenticated', 'expired', { token: token ?? '' })
          accepted = token
          return undefined
        },
        topicRefusal: () => (conditions.forbidden ? wireError('retry', 'unavailable', 'not now') : undefined),
        get stalled() {
          return conditions.stalled
        },
      },
      heartbeatMs,
    ),
  )

  function disturb(item: WireItem): readonly (readonly WireItem[])[] {
    if (random() < noise.lose) return []
    if (random() < noise.reorder) {
      held.push(item)
      return []
    }
    const late = held
    held = []
    const now = random() < noise.repeat ? [[item], [item]] : [[item]]
    return [...now, ...late.map((one) => [one])]
  }

  function cut(): void {
    for (const wire of wires) wire.cut()
  }

  return {
    transport: {
      name: 'simulated',
      capabilities: { positions: true, heads: true, append: true, renew: true },
      async connect(context) {
        const wire = wires[node]
        if (!wire) throw new Error(`there is no node ${node}`)
        return wire.transport.connect(context)
      },
    },
    conditions,
    noise,
    cut,
    switch() {
      node = (node + 1) % count
      cut()
    },
    freeze(ms, thawed) {
      const index = node
      if (frozen[index]) return
      frozen[index] = log.snapshot()
      clock.after(ms, () => {
        frozen[index] = undefined
        thawed(index)
      })
    },
    expireToken() {
      if (accepted === undefined) return
      refused.add(accepted)
      for (const wire of wires) wire.cut(wireError('auth', 'unauthenticated', 'expired', { token: accepted }))
    },
  }
}
