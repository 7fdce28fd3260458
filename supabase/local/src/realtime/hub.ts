import { type Rate, rateOf } from '../limits.ts'
import type { Project } from '../project.ts'
import type { Channel, ChannelReader } from './channel.ts'
import type { Message } from './frames.ts'
import type { Socket } from './socket.ts'

/** Who is connected, and who hears what. */
export class Hub {
  readonly project: Project
  readonly sockets = new Set<Socket>()
  readonly channels = new Set<Channel>()
  readonly readers = new Set<ChannelReader>()
  readonly joins: Rate
  readonly messages: Rate
  /** Whether what happens in the database is followed at the moment. */
  replicates = false

  constructor(project: Project) {
    this.project = project
    this.joins = rateOf(project.limits.joinsPerSecond, project.clock)
    this.messages = rateOf(project.limits.messagesPerSecond, project.clock)
  }

  /** Public and private channels of one name are two topics. */
  broadcast(topic: string, isPrivate: boolean, message: Message, except?: Channel): void {
    if (this.project.wishes.dropBroadcast.pick({ topic, event: message.event })) return
    for (const channel of [...this.channels])
      if (channel.topic === topic && channel.isPrivate === isPrivate && channel !== except) channel.hear(message)
  }
}
