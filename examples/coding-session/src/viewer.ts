import { createSubscriber, type Identity, type Transport } from '@steadywire/core'
import type { Options } from './options.ts'
import { type EventRecord, hashOf, preciseNow } from './record.ts'
import { createScreen, type Screen } from './screen.ts'
import type { SessionEvent, SessionTopic } from './session.ts'
import { formatVerdict, isClean, judge } from './verdict.ts'

export interface ViewerOptions {
  readonly transport: Transport
  readonly identity?: Identity
  readonly topic: SessionTopic
  readonly options: Options
  /** Called each time the connection opened, or was lost. */
  online(): void
  offline?(): void
}

/** Follows the session and prints it. */
export function startViewer({ transport, identity, topic, options, online, offline }: ViewerOptions) {
  const screen = createScreen(options.headless)
  const arrived: EventRecord[] = []
  let gaps = 0
  let loads = 0
  let lastNews = performance.now()

  // Cuts come quickly here, so a connection counts as stable early.
  const subscriber = createSubscriber({
    transport,
    ...(identity && { identity }),
    stableMs: 100,
    // Whoever breaks things on the page also decides when they are whole.
    ...(options.page && { backoff: { delaysMs: [500, 1000, 2000], maxAttempts: Number.POSITIVE_INFINITY } }),
  })
  const progress = () => {
    const load = options.events > 0 ? `, load ${loads}/${options.events}` : ''
    const reconnects = Math.max(0, subscriber.stats().connections - 1)
    const text = `[${transport.name}: ${subscriber.state}] ${arrived.length} events${load}, ${reconnects} reconnects`
    screen.status(text, subscriber.state === 'online' ? 'green' : 'yellow')
  }
  subscriber.on('state', ({ state, error }) => {
    if (state === 'waiting') screen.note(`~ connection lost (${error?.message ?? 'closed'}), trying again`, 'yellow')
    if (state === 'online') {
      screen.note('~ online', 'green')
      online()
    } else offline?.()
    progress()
  })
  const subscription = subscriber.subscribe(topic, {
    from: 'start',
    event(event) {
      arrived.push({ id: event.id, seq: event.seq, at: preciseNow(), hash: hashOf(event.type, event.data) })
      lastNews = performance.now()
      if (event.type === 'load') loads++
      else show(screen, event)
      progress()
    },
    gap(gap) {
      gaps++
      screen.note(`! gap: ${gap.reason}, ${gap.from.seq} to ${gap.to.seq}`, 'red')
    },
    error: (error) => screen.note(`! ${error.code}: ${error.message}`, 'red'),
  })
  const ticking = setInterval(progress, 250)

  return {
    /** Waits until everything emitted arrived, or nothing more comes; prints the verdict and answers the exit code. */
    async finish(emitted: readonly EventRecord[]): Promise<number> {
      lastNews = performance.now()
      const lastSeq = emitted.at(-1)?.seq ?? 0
      const missing = () => subscription.status !== 'ended' && (arrived.at(-1)?.seq ?? 0) < lastSeq
      while (missing() && performance.now() - lastNews < 30_000) await new Promise((done) => setTimeout(done, 20))
      clearInterval(ticking)
      const reconnects = Math.max(0, subscriber.stats().connections - 1)
      await subscriber.close()
      const verdict = judge(emitted, arrived, { gaps, reconnects })
      const clean = isClean(verdict)
      screen.end(formatVerdict(verdict), clean ? ['bold', 'green'] : ['bold', 'red'])
      return clean ? 0 : 1
    },
  }
}

function show(screen: Screen, event: SessionEvent): void {
  switch (event.type) {
    case 'terminal':
      for (const line of event.data.output.trimEnd().split(/\r?\n/))
        screen.line(`  ${line}`, event.data.stream === 'stderr' ? 'yellow' : undefined)
      break
    case 'state_changed':
      screen.note(`* ${event.data.state}: ${event.data.detail}`, 'cyan')
      break
    case 'file_change':
      screen.line(`+ ${event.data.action} ${event.data.path}`, 'magenta')
      break
    case 'thinking':
      screen.line(`* thinking, step ${event.data.iteration}`, 'dim')
      break
    case 'error':
    case 'completion':
      screen.note(`* ${event.type}: ${event.data.message}`, event.type === 'error' ? 'red' : 'green')
  }
}
