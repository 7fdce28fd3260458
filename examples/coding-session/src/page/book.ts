import type { EventRecord } from '../record.ts'
import type { SessionInfo, Status } from './protocol.ts'

/** So many records go into one answer; the page asks on. */
const mostRecords = 5000

/** So many sessions are kept, the newest. */
const mostSessions = 20

/** The sessions of this host, and what each of them emitted. */
export function createBook() {
  let begun = 0
  const sessions: { info: SessionInfo; readonly records: EventRecord[] }[] = []
  const find = (id: string) => sessions.find(({ info }) => info.id === id)

  return {
    begin(id: string, command: string): void {
      sessions.push({ info: { id, number: ++begun, command, running: true }, records: [] })
      if (sessions.length > mostSessions) sessions.shift()
    },
    place(id: string, records: readonly EventRecord[]): void {
      find(id)?.records.push(...records)
    },
    end(id: string): void {
      const session = find(id)
      if (session) session.info = { ...session.info, running: false }
    },
    tell(id: string, after: number): Pick<Status, 'sessions' | 'emitted' | 'total'> {
      const records = find(id)?.records ?? []
      const emitted = records.slice(after, after + mostRecords).map(({ id, seq }) => ({ id, seq }))
      return { sessions: sessions.map(({ info }) => info), emitted, total: records.length }
    },
    /** How many there were. */
    get count(): number {
      return begun
    },
  }
}
