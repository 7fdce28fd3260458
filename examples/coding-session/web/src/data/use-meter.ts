import { useCallback, useSyncExternalStore } from 'react'
import type { Meter, Slice } from './meter.ts'

/** The slices of the last minute, twice a second. */
export function useSlices(meter: Meter): readonly Slice[] {
  return useMeter(meter, () => meter.slices)
}

/** Whether events came just now. */
export function useFlowing(meter: Meter): boolean {
  return useMeter(meter, () => meter.slices.slice(-2).some(({ count }) => count > 0))
}

function useMeter<T>(meter: Meter, read: () => T): T {
  return useSyncExternalStore(
    useCallback((listener) => meter.subscribe(listener), [meter]),
    read,
  )
}
