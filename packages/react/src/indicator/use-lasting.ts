import { systemClock } from '@steadywire/core'
import { useEffect, useState } from 'react'

/** True once something has held for so many ms; false as soon as it doesn't. */
export function useLasting(holds: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    if (!holds) return undefined
    const cancel = systemClock.after(ms, () => setLasts(true))
    return () => {
      cancel()
      setLasts(false)
    }
  }, [holds, ms])
  return holds && lasts
}
