import { createTcpProxy, type TcpProxy } from '@steadywire/conformance/faults'
import type { Random } from '@steadywire/core'
import type { Options } from './options.ts'
import { type Servers, startServers } from './servers.ts'
import { startStandIn } from './stand-in.ts'

/** Servers, and between them and who follows wires that can be cut. */
export interface Network {
  readonly servers: Servers
  /** The viewer's. */
  readonly wires: readonly TcpProxy[]
  /** Those of pages. */
  readonly pageWires: readonly TcpProxy[]
  /** No server is down. */
  readonly up: boolean
  /** Ends a server as it would crash; not while one is down already. */
  crash(random: Random): Promise<void>
  /** Starts again what crashed. */
  revive(): Promise<void>
  /** Resolves when no server is down. */
  whenUp(): Promise<void>
  close(): Promise<void>
}

export interface PageWishes {
  readonly origins: readonly string[]
  readonly wires: number
}

export async function openNetwork(options: Options, page: PageWishes = { origins: [], wires: 0 }): Promise<Network> {
  const servers = await (options.transport === 'supabase' ? startStandIn(options) : startServers(options, page.origins))
  const open = (count: number) => Promise.all(Array.from({ length: count }, () => createTcpProxy()))
  const wires = await open(options.transport === 'failover' ? 2 : 1)
  const pageWires = await open(page.wires)
  const all = [...wires, ...pageWires]
  const aim = () => {
    for (const wire of all) wire.target(servers.port)
  }
  aim()
  let up = true
  const waiting: (() => void)[] = []
  /** Orders may overlap, and the servers take one after the other: what holds then is what they say. */
  const settle = () => {
    up = servers.whole
    if (up) for (const wake of waiting.splice(0)) wake()
  }
  return {
    servers,
    wires,
    pageWires,
    get up() {
      return up
    },
    async crash(random) {
      up = false
      await servers.crash(random)
      settle()
    },
    async revive() {
      await servers.revive()
      aim()
      settle()
    },
    whenUp: () => (up ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
    async close() {
      await servers.close()
      await Promise.all(all.map((wire) => wire.close()))
    },
  }
}
