import { type FailoverTransport, failover, type Transport } from '@steadywire/core'
import { socketio } from '@steadywire/socketio'
import { sse } from '@steadywire/sse'
import type { Stage, WirePlan } from '../../../src/page/protocol.ts'
import { wantedWire } from './use-wire-choice.ts'

export const wireNames: Readonly<Record<WirePlan['kind'], string>> = {
  sse: 'Server-Sent Events',
  socketio: 'Socket.IO',
  changes: 'Supabase row changes',
  broadcast: 'Supabase broadcast',
}

/** All wires of the stage as one. They lead to one log, so a change from one to the other loses and repeats nothing. */
export async function createWires(stage: Stage): Promise<FailoverTransport> {
  const transport = failover(await Promise.all(stage.wires.map(wireOf)), { sameLog: true })
  transport.use(wantedWire(stage))
  return transport
}

async function wireOf(plan: WirePlan): Promise<Transport> {
  switch (plan.kind) {
    case 'sse':
      return sse({ url: plan.url })
    case 'socketio':
      return socketio({ url: plan.url, transports: ['websocket'] })
    default: {
      // The largest of them, and not always there.
      const { supabase } = await import('@steadywire/supabase')
      return supabase({ url: plan.url, key: plan.key, feed: plan.kind })
    }
  }
}
