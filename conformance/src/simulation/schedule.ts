import fc from 'fast-check'

/** One thing that happens in a simulated world. */
export type Step =
  | { readonly do: 'emit'; readonly count: number }
  | { readonly do: 'wait'; readonly ms: number }
  | {
      readonly do:
        | 'cut'
        | 'expireToken'
        | 'crash'
        | 'restartSubscription'
        | 'restartLog'
        | 'switchNode'
        | 'handlerThrows'
        | 'loadFails'
    }
  | { readonly do: 'freezeNode'; readonly ms: number }
  | { readonly do: 'stall' | 'offline' | 'background' | 'forbid' | 'slowHandler'; readonly on: boolean }
  | { readonly do: 'noise'; readonly lose: number; readonly repeat: number; readonly reorder: number }
  | { readonly do: 'trim' | 'rewind'; readonly keep: number }
  | { readonly do: 'jumpClock'; readonly ms: number }

const on = fc.boolean()
const share = fc.constantFrom(0, 0, 0.1, 0.5)

function toggle(name: 'stall' | 'offline' | 'background' | 'forbid' | 'slowHandler'): fc.Arbitrary<Step> {
  return fc.record({ do: fc.constant(name), on })
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('emit' as const), count: fc.integer({ min: 1, max: 8 }) }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 7, 30, 300, 1500, 6000, 20_000) }),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom('cut', 'crash', 'switchNode', 'expireToken').map((name) => ({ do: name }) as Step),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('restartSubscription', 'restartLog', 'handlerThrows', 'loadFails')
      .map((name) => ({ do: name }) as Step),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('freezeNode' as const), ms: fc.integer({ min: 100, max: 8000 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('noise' as const), lose: share, repeat: share, reorder: share }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('trim' as const, 'rewind' as const),
      keep: fc.integer({ min: 0, max: 10 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jumpClock' as const), ms: fc.integer({ min: -1e8, max: 1e8 }) }),
  },
  { weight: 1, arbitrary: toggle('stall') },
  { weight: 1, arbitrary: toggle('offline') },
  { weight: 1, arbitrary: toggle('background') },
  { weight: 1, arbitrary: toggle('forbid') },
  { weight: 2, arbitrary: toggle('slowHandler') },
)

/** A whole schedule, with the seed of the world's own chance (latencies, jitter, which item is lost). */
export const schedule: fc.Arbitrary<{ readonly seed: number; readonly steps: readonly Step[] }> = fc.record({
  seed: fc.nat(),
  steps: fc.array(step, { minLength: 1, maxLength: 30, size: 'max' }),
})
