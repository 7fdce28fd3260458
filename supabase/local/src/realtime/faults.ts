import type { Faults, Wishes } from '../faults.ts'
import type { Hub } from './hub.ts'
import type { Replication } from './replication.ts'

const always = () => true

export function faultsOf(wishes: Wishes, hub: Hub, replication: Replication): Faults {
  return {
    dropChanges: (which) => wishes.dropChange.add(which, true),
    cutChanges: (which) => wishes.cutChange.add(which, true),
    dropBroadcasts: (which) => wishes.dropBroadcast.add(which, true),
    delayReady: (ms) => wishes.readyMs.add(ms),
    delayAnswers({ rest = 0, joins = 0 }) {
      const ends = [wishes.restMs.add(rest), wishes.joinMs.add(joins)]
      return () => {
        for (const end of ends) end()
      }
    },
    answerRest: (answer) => wishes.answerRest.add(always, answer),
    refuseJoins: (reason, which = always) => wishes.refuseJoin.add(which, reason),
    refuseConnections: (status) => wishes.refusal.add(always, status),
    silence: () => wishes.silence.add(always, true),
    closeChannels({ topic, message } = {}) {
      const channels = [...hub.channels].filter((channel) => topic === undefined || channel.topic === topic)
      for (const channel of channels) channel.shutDown(message)
      return channels.length
    },
    cutSockets() {
      const sockets = [...hub.sockets]
      for (const socket of sockets) socket.cut()
      return sockets.length
    },
    restartReplication: (meanwhile) => replication.restart(meanwhile),
    reset: () => wishes.reset(),
  }
}
