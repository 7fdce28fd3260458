import type { LifecycleEvents } from '@steadywire/core'
import { assert, deferred, until } from '../facts.ts'
import { readerSubject, type TransportWorld } from './world.ts'

/** How many feeds the server holds open for its clients. A gateway follows a topic a little longer than its readers. */
export function openFeeds(world: TransportWorld): number {
  const { sessions, readers } = world.gateway.stats()
  return sessions > 0 ? readers : world.log.tails
}

/** The readers of the wire are cut off, and cannot come back before `meanwhile` is done. */
export async function away(world: TransportWorld, meanwhile: () => Promise<void>): Promise<void> {
  world.wire.refuse(true)
  world.wire.reset()
  await until('the readers to be cut off', () => world.wire.open === 0)
  await meanwhile()
  world.wire.refuse(false)
}

/** Holds every page back that the core is to see, from now on. */
export function holdPages(world: TransportWorld) {
  const held = deferred()
  let asked = false
  world.faults.page = async (page) => {
    asked = true
    await held.promise
    return page
  }
  return { asked: () => until('the page to be read', () => asked), release: () => held.resolve() }
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

/** Short, and long enough that a machine that stands still for half a second lets no token expire, ms. */
const tokenLifeMs = 1200

/** An identity whose tokens live for a moment, and how often it was asked for one. */
export function shortLived(world: TransportWorld) {
  const issued: string[] = []
  const token = () => {
    const fresh = world.rights.issue(readerSubject, tokenLifeMs)
    issued.push(fresh)
    return fresh
  }
  return { identity: { subject: readerSubject, token }, asked: () => issued.length, issued }
}
