import {
  type AnyTransport,
  type Backoff,
  type Clock,
  type CursorStore,
  createSubscriber,
  type Draft,
  type Identity,
  type Lifecycle,
  type Observe,
  type Subscriber,
  type Transport,
} from '@steadywire/core'
import { createGateway, type RunningGateway } from '@steadywire/server'
import { draft, fill, freshTopic } from '../drafts.ts'
import { assert, within } from '../facts.ts'
import { createTcpProxy, type TcpProxy } from '../faults/tcp-proxy.ts'
import { createTransportFaults, isSequenced, type TransportFaults } from '../faults/transport-faults.ts'
import type { Wire } from '../faults/wire.ts'
import { createReferenceLog } from '../reference-log.ts'
import { createRights } from '../rights.ts'
import { createCleanup } from '../suite.ts'
import { type Direct, openDirect } from './direct.ts'
import type { ServerSide, TransportHarness, TransportSetup } from './harness.ts'
import { type Recorder, type RecorderOptions, record } from './recorder.ts'
import type { SourceLog, SourceRights } from './source.ts'

/**
 * Short times, so that a suite runs in seconds; long enough that a machine that stands still for half a second is not taken for
 * a line that died.
 */
export const heartbeatMs = 300
const quick = {
  staleMs: 300,
  auditMs: 200,
  callDeadlineMs: 2000,
  connectDeadlineMs: 1000,
  stableMs: 200,
} as const
const quickBackoff: Backoff = { delaysMs: [10, 20, 40, 80], maxAttempts: Number.POSITIVE_INFINITY, jitter: false }

export interface SubscriberWishes {
  readonly identity?: Identity
  readonly cursors?: CursorStore
  readonly lifecycle?: Lifecycle
  readonly observe?: Observe
  readonly clock?: Clock
  readonly backoff?: Backoff
  readonly callDeadlineMs?: number
  readonly staleMs?: number
  readonly auditMs?: number
}

/** Everything that a case can use and break. Made for one case, and taken down after it. */
export interface TransportWorld {
  /** Without positions, but the source gives what was missed over a reconnect. */
  readonly history: boolean
  readonly topic: string
  readonly log: SourceLog
  readonly rights: SourceRights
  /** The line itself: a TCP proxy, or the transport's faults where there are no sockets. */
  readonly wire: Wire
  /** For wires with sockets: what else can happen to bytes. */
  readonly proxy: TcpProxy | undefined
  readonly faults: TransportFaults
  /** With the faults in between: what subscribers use. */
  readonly transport: AnyTransport
  /** The adapter itself, as it comes. */
  readonly bare: Transport
  readonly capabilities: AnyTransport['capabilities']
  readonly gateway: RunningGateway
  subscriber(wishes?: SubscriberWishes): Subscriber<AnyTransport>
  /** A subscriber of its own that follows the topic. */
  follow(
    options?: RecorderOptions,
    wishes?: SubscriberWishes,
  ): Recorder & { readonly subscriber: Subscriber<AnyTransport> }
  record(subscriber: Subscriber<AnyTransport>, topic: string, options?: RecorderOptions): Recorder
  /** Appends `count` events whose data is their seq. */
  append(count: number, topic?: string): Promise<void>
  appendDraft(more: Partial<Draft>, topic?: string): Promise<void>
  direct(token?: string): Promise<Direct>
  /** The server goes down and comes up again, over the same log. `meanwhile` runs while it is down. */
  restartServer(meanwhile?: () => Promise<void>): Promise<void>
  /** Takes the right to read the topic from `subject`, also on what is open. */
  revoke(topic: string, subject: string): Promise<void>
  /** Released when the case ends. */
  finally(release: () => unknown): void
}

/** Who reads, unless a case says otherwise. */
export const readerSubject = 'reader'

export async function createWorld(
  harness: TransportHarness,
): Promise<{ world: TransportWorld; close(): Promise<void> }> {
  const cleanup = createCleanup()
  const own = createRights()
  const source = await harness.source?.()
  const log: SourceLog = source?.log ?? createReferenceLog()
  const rights: SourceRights = source?.rights ?? own
  const topic = freshTopic('topic')
  const newGateway = (): RunningGateway =>
    createGateway({
      log,
      authorise: own.authorise,
      heartbeatMs,
      limits: {
        appendsPerSecond: Number.POSITIVE_INFINITY,
        appendBurst: Number.POSITIVE_INFINITY,
        connectionsPerSubject: 100,
      },
      observe: () => {},
    })
  let gateway = newGateway()
  const serverSide = (): ServerSide => ({ gateway, log, rights: own, heartbeatMs })
  let setup: TransportSetup = await harness.setup(serverSide())
  const proxy = setup.port === undefined ? undefined : await createTcpProxy()
  const adopt = (): AnyTransport => {
    if (setup.port !== undefined) proxy?.target(setup.port)
    return setup.transport({ port: proxy?.port ?? 0 })
  }
  let adapter = adopt()
  assert.equal(
    adapter.capabilities.positions,
    harness.positions ?? true,
    '`positions` of the harness fits the transport',
  )
  const faults = createTransportFaults(adapter.name, () => adapter)

  const world: TransportWorld = {
    history: harness.history ?? false,
    topic,
    log,
    rights,
    wire: proxy ?? faults,
    proxy,
    faults,
    transport: faults.transport,
    get bare() {
      assert.ok(isSequenced(adapter), 'a transport with positions')
      return adapter
    },
    capabilities: adapter.capabilities,
    get gateway() {
      return gateway
    },
    subscriber(wishes = {}) {
      const { backoff = quickBackoff, identity = { subject: readerSubject, token: rights.issue(readerSubject) } } =
        wishes
      const subscriber = createSubscriber({ transport: world.transport, ...quick, ...wishes, backoff, identity })
      subscriber.on('error', () => {})
      cleanup.add(() => within('closing a subscriber', subscriber.close()))
      return subscriber
    },
    follow(options = {}, wishes = {}) {
      const subscriber = world.subscriber(wishes)
      return { ...record(subscriber, topic, options), subscriber }
    },
    record: (subscriber, name, options) => record(subscriber, name, options),
    append: (count, name = topic) => fill(log, name, count),
    async appendDraft(more, name = topic) {
      await log.append(name, [draft('a draft', more)])
    },
    async direct(token = rights.issue(readerSubject)) {
      const direct = await openDirect(world.bare, token)
      cleanup.add(() => within('closing a direct connection', direct.connection.close()))
      return direct
    },
    async restartServer(meanwhile) {
      await Promise.all([gateway.close({ graceMs: 20, spreadMs: 1 }), setup.close()])
      await meanwhile?.()
      gateway = newGateway()
      setup = await harness.setup(serverSide())
      adapter = adopt()
    },
    async revoke(name, subject) {
      await rights.forbid(name, subject)
      gateway.revoke({ subject, topic: name })
    },
    finally: (release) => cleanup.add(release),
  }
  return {
    world,
    async close() {
      proxy?.flow()
      faults.flow()
      await cleanup.run()
      await gateway.close({ graceMs: 0, spreadMs: 0 })
      await setup.close()
      await source?.close()
      await proxy?.close()
    },
  }
}
