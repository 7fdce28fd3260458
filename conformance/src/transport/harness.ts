import type { AnyTransport } from '@steadywire/core'
import type { EventLog, Gateway } from '@steadywire/server'
import type { Rights } from '../rights.ts'
import type { Source } from './source.ts'

/**
 * What an adapter author supplies: how to serve a log over the wire, and how to reach it.
 *
 * @example
 * const harness: TransportHarness = {
 *   name: 'mine',
 *   async setup({ gateway }) {
 *     const server = await serve({ gateway, host: '127.0.0.1', port: 0 })
 *     return { port: server.port, transport: ({ port }) => mine({ url: `http://127.0.0.1:${port}` }), close: server.close }
 *   },
 * }
 */
export interface TransportHarness {
  /** Names the suite in titles and in `conformance.json`. */
  readonly name: string
  /** False for a wire without positions: it is held to what it can give. Default true. */
  readonly positions?: boolean
  /** Of a wire without positions: its source gives what was missed over a reconnect. Default false. */
  readonly history?: boolean
  /**
   * For a wire whose other side keeps events and rights itself, as a database does: where they are. Called once per case,
   * before `setup`. Without it both are the suite's own, in memory.
   */
  source?(): Promise<Source>
  /**
   * Starts the server half, and answers how a client reaches it. Called once per case, and again when the case restarts
   * the server.
   */
  setup(server: ServerSide): Promise<TransportSetup>
}

/** What the suite hands to a server half. */
export interface ServerSide {
  /** For server halves that stand on a gateway, made by the suite over `log`, `rights` and `heartbeatMs`. */
  readonly gateway: Gateway
  /** The log that the suite appends to. */
  readonly log: EventLog
  /** Who may do what, for server halves without a gateway. */
  readonly rights: Rights
  /** How often the server half is to be heard, ms. */
  readonly heartbeatMs: number
}

/** A server half that runs, and how to reach it. */
export interface TransportSetup {
  /**
   * Where the server half listens on 127.0.0.1: the suite puts a TCP proxy in front and breaks the line there. Without it
   * (wires inside one process) the faults work on the Transport interface.
   */
  readonly port?: number
  /** The client half; `port` is that of the proxy. Called for each setup. */
  transport(to: { readonly port: number }): AnyTransport
  /** Stops the server half. It must end open connections too, or it would wait for them for ever. */
  close(): Promise<void>
}
