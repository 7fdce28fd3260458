import { type ConnectionView, useConnection } from '../use-connection.ts'
import { type ConnectionKind, kindOf } from './connection-kind.ts'
import { useLasting } from './use-lasting.ts'

export interface ShownConnection {
  readonly connection: ConnectionView
  /** `live` also while trouble is too short to be shown. */
  readonly kind: ConnectionKind
}

/** The connection, without the trouble that is over before `graceMs`. */
export function useShownConnection(graceMs: number): ShownConnection {
  const connection = useConnection()
  const kind = kindOf(connection)
  const lasts = useLasting(kind !== 'live', graceMs)
  return { connection, kind: lasts ? kind : 'live' }
}
