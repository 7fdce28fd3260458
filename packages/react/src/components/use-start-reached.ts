import { useRef } from 'react'

/**
 * Tells when to ask for older events: once the reader is at the start, and again when there are older ones, or the reader left it and came back.
 */
export function useStartReached(
  onReachStart: (() => unknown) | undefined,
  firstKey: string | undefined,
): (isAtStart: boolean) => void {
  const asked = useRef<string | undefined>(undefined)
  return (isAtStart) => {
    if (!isAtStart) asked.current = undefined
    else if (firstKey !== undefined && asked.current !== firstKey) {
      asked.current = firstKey
      onReachStart?.()
    }
  }
}
