import { useEffect, useState } from 'react'

/** True once the same place has been awaited for so many ms: where it moves on, all is well. */
export function useStalled(awaited: number | undefined, ms: number): boolean {
  const [stalled, setStalled] = useState<number>()
  useEffect(() => {
    if (awaited === undefined) return undefined
    const timer = setTimeout(setStalled, ms, awaited)
    return () => clearTimeout(timer)
  }, [awaited, ms])
  return awaited !== undefined && stalled === awaited
}
