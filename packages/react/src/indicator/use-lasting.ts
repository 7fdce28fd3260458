import { useEffect, useState } from 'react'
import { useSubscriber } from '../provider.ts'

/** True once something has held for so many ms, by the subscriber's clock; false as soon as it doesn't. */
export function useLasting(holds: boolean, ms: number): boolean {
  const { clock } = useSubscriber()
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    if (!holds || ms <= 0) return undefined
    const cancel = clock.after(ms, () => setLasts(true))
    return () => {
      cancel()
      setLasts(false)
    }
  }, [clock, holds, ms])
  return holds && (lasts || ms <= 0)
}
