import { type Live, useLive } from '@steadywire/react'
import { session } from '../../../src/session.ts'
import { emptySession, reduceSession, type SessionState } from './session-state.ts'

/** Follows a session from its start; after a reload from where this tab was. */
export function useSession(sessionId: string | undefined): Live<SessionState> {
  return useLive(sessionId !== undefined && session({ sessionId }), {
    initial: emptySession,
    cursor: 'start',
    // What can't be had is not there: the tally counts it as lost.
    load: () => ({ state: emptySession }),
    reduce: reduceSession,
    persist: { storage: sessionStorage, key: `session/${sessionId}`, everyMs: 300 },
  })
}

/** Forgets what this tab kept of the sessions of an earlier host: they are no more. */
export function forgetOtherHosts(host: string): void {
  for (const key of Object.keys(sessionStorage))
    if (/\/session\//.test(key) && !key.includes(`/session/${host}-`)) sessionStorage.removeItem(key)
}
