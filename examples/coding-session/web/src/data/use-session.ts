import { type Live, useLive } from '@steadywire/react'
import { useEffect } from 'react'
import { session } from '../../../src/session.ts'
import { tab } from '../storage.ts'
import { forgetOldSessions } from './kept-sessions.ts'
import { emptySession, reduceSession, type SessionState } from './session-state.ts'
import { parseSessionState } from './session-state-schema.ts'

/** Follows a session from its start; after a reload from where this tab was. */
export function useSession(host: string, sessionId: string | undefined): Live<SessionState> {
  useEffect(() => {
    if (sessionId !== undefined) forgetOldSessions(tab, host, sessionId)
  }, [host, sessionId])
  return useLive(sessionId !== undefined && session({ sessionId }), {
    initial: emptySession,
    cursor: 'start',
    // What can't be had is not there: the tally counts it as lost.
    load: () => ({ state: emptySession }),
    reduce: reduceSession,
    persist: { storage: tab, key: `session/${sessionId}`, everyMs: 300, parse: parseSessionState },
  })
}
