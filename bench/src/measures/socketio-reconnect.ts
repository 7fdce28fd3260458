import type { Measure } from '../measure.ts'
import { outage } from '../outage.ts'
import { measured } from '../rounds.ts'

/** Against bare Socket.IO with its recovery of connections, which a server that was restarted knows nothing of. */
export const measure: Measure = async (quick) => {
  const rounds = quick ? 1 : 3
  const base = await outage('servers/recovering-socketio.ts', 'rawSocketio', rounds)
  const ours = await outage('servers/steadywire-socketio.ts', 'socketio', rounds)
  return {
    'socketio.reconnect.median': measured(ours.median, base.median),
    'socketio.reconnect.p95': measured(ours.p95, base.p95),
    'socketio.reconnect.herd': measured(ours.herd, base.herd),
    'socketio.reconnect.lost': measured(ours.lost, base.lost),
  }
}
