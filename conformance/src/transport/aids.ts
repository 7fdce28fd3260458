import type { LifecycleEvents } from '@steadywire/core'
import { assert } from '../facts.ts'
import { reader, type TransportWorld } from './world.ts'

/** How many feeds the server holds open for its clients. A gateway follows a topic a little longer than its readers. */
export function readers(world: TransportWorld): number {
  const { sessions, readers } = world.gateway.stats()
  return sessions > 0 ? readers : world.log.tails
}

/** A lifecycle that the case plays. */
export function createLifecycle() {
  let events: LifecycleEvents | undefined
  return {
    watch(on: LifecycleEvents) {
      events = on
      return () => {
        events = undefined
      }
    },
    get now(): LifecycleEvents {
      assert.ok(events, 'the subscriber watches')
      return events
    },
  }
}

/** An identity whose tokens live so long, and how often it was asked for one. */
export function shortLived(world: TransportWorld, ms: number) {
  const issued: string[] = []
  const token = () => {
    const fresh = world.rights.issue(reader, ms)
    issued.push(fresh)
    return fresh
  }
  return { identity: { subject: reader, token }, asked: () => issued.length, issued }
}
