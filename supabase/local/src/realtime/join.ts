import { wait } from '../clock.ts'
import { claimsOf } from '../keys.ts'
import { mayRead, unreachable } from './authorise.ts'
import { Channel } from './channel.ts'
import type { Hub } from './hub.ts'
import type { Socket } from './socket.ts'
import { parseJoin } from './subscription.ts'

/** Why a join is refused, and whether its connection ends with it. */
export interface Refused {
  readonly reason: string
  readonly disconnect?: true
}

/** Lets a connection join a topic, if it may. */
export async function join(
  hub: Hub,
  socket: Socket,
  topic: string,
  joinRef: string | undefined,
  payload: Readonly<Record<string, unknown>>,
): Promise<Channel | Refused> {
  const { wishes, clock, limits, keys, database } = hub.project
  await wait(clock, wishes.joinMs.value)
  const reason = wishes.refuseJoin.pick({ topic })
  if (reason !== undefined) return { reason }
  if (topic === '') return { reason: 'TopicNameRequired: You must provide a topic name' }
  if (!hub.joins.take()) return { reason: 'ClientJoinRateLimitReached: Too many joins per second', disconnect: true }
  socket.channels.get(topic)?.close()
  if (socket.channels.size >= limits.channelsPerConnection)
    return { reason: 'ChannelRateLimitReached: Too many channels' }
  const wanted = parseJoin(payload)
  const token = wanted.accessToken?.startsWith('sb_') ? socket.key : (wanted.accessToken ?? socket.key)
  const verified = claimsOf(keys, token, clock.now())
  if ('refusal' in verified) return { reason: `${verified.refusal.code}: ${verified.refusal.message}` }
  const may = !wanted.isPrivate || (await mayRead(database, topic, verified.claims).catch(() => undefined))
  if (may === undefined) return { reason: `UnableToConnectToProject: ${unreachable}` }
  if (!may) return { reason: `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}` }
  return new Channel(hub, socket, { topic, joinRef, join: wanted, token, claims: verified.claims })
}
