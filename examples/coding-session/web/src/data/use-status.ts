import { useEffect, useState } from 'react'
import type { SessionInfo, Status } from '../../../src/page/protocol.ts'
import { fetchStatus } from './host.ts'

/** What the server says, without the wires. */
export interface Witness {
  readonly reachable: boolean
  readonly serverUp: boolean
  readonly sessions: readonly SessionInfo[]
  /** The session that is shown. */
  readonly shown: SessionInfo | undefined
  /** All that it emitted, as far as it is known: what does not fit into one answer comes with the next. */
  readonly emitted: Status['emitted']
  /** How many these are when all have come. */
  readonly total: number
}

const everyMs = 300
const nothing: Witness = { reachable: true, serverUp: true, sessions: [], shown: undefined, emitted: [], total: 0 }

/** Asks the server again and again: of the session that was chosen, else of the newest. Where it was started anew, so is the page. */
export function useStatus(ownHost: string, chosen: string | undefined): Witness {
  const [witness, setWitness] = useState(nothing)
  useEffect(() => {
    const stopped = new AbortController()
    let asked = chosen ?? ''
    let emitted: Status['emitted'] = []
    let timer: ReturnType<typeof setTimeout> | undefined

    async function ask(): Promise<void> {
      const { host, serverUp, sessions, total, ...status } = await fetchStatus(asked, emitted.length, stopped.signal)
      if (host !== ownHost) return location.reload()
      const shown = sessions.find(({ id }) => id === chosen) ?? sessions.at(-1)
      if (shown && shown.id !== asked) {
        asked = shown.id
        emitted = []
        return ask()
      }
      if (status.emitted.length > 0) emitted = [...emitted, ...status.emitted]
      if (!stopped.signal.aborted) setWitness({ reachable: true, serverUp, sessions, shown, emitted, total })
      // What did not fit into one answer is asked for at once.
      return emitted.length < total ? ask() : undefined
    }

    async function keepAsking(): Promise<void> {
      await ask().catch(() => {
        if (!stopped.signal.aborted) setWitness((before) => ({ ...before, reachable: false }))
      })
      if (!stopped.signal.aborted) timer = setTimeout(keepAsking, everyMs)
    }
    void keepAsking()
    return () => {
      stopped.abort()
      clearTimeout(timer)
    }
  }, [ownHost, chosen])
  return witness
}
