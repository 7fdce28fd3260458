import { useRef } from 'react'

/**
 * Tells when to ask for older events: once the reader is at the start, and again when there are older ones, or the reader left it and came
 * back. Nothing to show is a start, too.
 */
export function useStartReached(
  onReachStart: (() => unknown) | undefined,
  firstKey: string | undefined,
): (isAtStart: boolean) => void {
  const asked = useRef<string | undefined>(undefined)
  return (isAtStart) => {
    const start = firstKey ?? 'nothing'
    if (!isAtStart) asked.current = undefined
    else if (onReachStart && asked.current !== start) {
      asked.current = start
      onReachStart()
    }
  }
}
