/** What a key is judged by, as it stands in the project's table of goals. */
export interface Goal {
  readonly key: string
  readonly what: string
  readonly unit: string
  /** Whether the ratio to the base is judged, or the value itself. */
  readonly by: 'ratio' | 'value'
  readonly better: 'lower' | 'higher'
  readonly goal: number
  readonly andThen: number
}

const lower = { by: 'ratio', better: 'lower' } as const
const higher = { by: 'ratio', better: 'higher' } as const
const absolute = { by: 'value', better: 'lower' } as const

export const goals: readonly Goal[] = [
  { key: 'core.string', what: 'one event, from text to handler', unit: 'ns', ...lower, goal: 1.6, andThen: 1.35 },
  { key: 'core.object', what: 'one event, from object to handler', unit: 'ns', ...lower, goal: 4, andThen: 3 },
  {
    key: 'core.unvalidated',
    what: 'one event from text, no validator',
    unit: 'ns',
    ...lower,
    goal: 1.2,
    andThen: 1.05,
  },
  { key: 'dispatch.10', what: 'dispatch to 10 listeners', unit: 'ns', ...lower, goal: 1, andThen: 0.7 },
  { key: 'sse.throughput', what: 'events through SSE', unit: '/s', ...higher, goal: 0.7, andThen: 0.8 },
  { key: 'socketio.throughput', what: 'events through Socket.IO', unit: '/s', ...higher, goal: 0.9, andThen: 1 },
  { key: 'latency.p50', what: 'at 1,000 events/s over SSE', unit: 'ms', ...lower, goal: 1.35, andThen: 1.2 },
  { key: 'latency.p99', what: 'at 1,000 events/s over SSE', unit: 'ms', ...lower, goal: 2, andThen: 1.5 },
  { key: 'socketio.latency.p50', what: 'the same over Socket.IO', unit: 'ms', ...lower, goal: 1.35, andThen: 1.2 },
  { key: 'socketio.latency.p99', what: 'the same over Socket.IO', unit: 'ms', ...lower, goal: 2, andThen: 1.5 },
  { key: 'supabase.latency.p50', what: 'emit to handler, row changes', unit: 'ms', ...lower, goal: 1.35, andThen: 1.2 },
  { key: 'supabase.latency.p99', what: 'emit to handler, row changes', unit: 'ms', ...lower, goal: 2, andThen: 1.5 },
  {
    key: 'supabase.broadcast.latency.p50',
    what: 'the same by broadcasts',
    unit: 'ms',
    ...lower,
    goal: 1.35,
    andThen: 1.2,
  },
  {
    key: 'supabase.broadcast.latency.p99',
    what: 'the same by broadcasts',
    unit: 'ms',
    ...lower,
    goal: 2,
    andThen: 1.5,
  },
  {
    key: 'supabase.beyond-polling',
    what: 'p99 of the slower feed, no polling',
    unit: 'ms',
    ...absolute,
    goal: 50,
    andThen: 25,
  },
  {
    key: 'supabase.budget',
    what: 'p99, row changes polled as there',
    unit: 'ms',
    ...absolute,
    goal: 500,
    andThen: 250,
  },
  { key: 'fanout.cpu', what: 'server CPU per delivery, 1 to 1,000', unit: 'µs', ...lower, goal: 1.25, andThen: 1.1 },
  { key: 'socketio.fanout.cpu', what: 'the same over Socket.IO', unit: 'µs', ...lower, goal: 1.25, andThen: 1.1 },
  { key: 'replay.memory', what: 'server, 10,000 events to one client', unit: 'MiB', ...lower, goal: 0.4, andThen: 0.3 },
  { key: 'socketio.replay.memory', what: 'the same over Socket.IO', unit: 'MiB', ...lower, goal: 0.4, andThen: 0.3 },
  { key: 'replay.redis', what: '10,000 events, from Redis to handlers', unit: 'ms', ...lower, goal: 2.5, andThen: 1.8 },
  {
    key: 'replay.postgres',
    what: '10,000 events, from PostgreSQL to handlers',
    unit: 'ms',
    ...lower,
    goal: 2.5,
    andThen: 1.8,
  },
  // An append looks up, places, remembers and tells what a bare row does not; and since it notifies, PostgreSQL commits one at a time,
  // whatever its topic, where bare rows share the wait for the disk.
  { key: 'postgres.append.hot', what: 'appends to one topic', unit: '/s', ...higher, goal: 0.2, andThen: 0.4 },
  { key: 'postgres.append.topics', what: 'appends over 1,000 topics', unit: '/s', ...higher, goal: 0.3, andThen: 0.5 },
  { key: 'memory.server', what: 'heap per SSE connection', unit: 'KiB', ...absolute, goal: 10, andThen: 8 },
  { key: 'memory.topic', what: 'client heap per topic', unit: 'B', ...absolute, goal: 800, andThen: 500 },
  { key: 'size.core', what: 'core, minified, gzip', unit: 'kB', ...absolute, goal: 4, andThen: 3 },
  { key: 'size.sse', what: 'core and SSE adapter', unit: 'kB', ...absolute, goal: 6.5, andThen: 5 },
  { key: 'size.adapter', what: 'what the Socket.IO adapter adds', unit: 'kB', ...absolute, goal: 1.5, andThen: 1 },
  {
    key: 'size.adapter.supabase',
    what: 'what the Supabase adapter adds',
    unit: 'kB',
    ...absolute,
    goal: 1.5,
    andThen: 1,
  },
  { key: 'size.react', what: 'what all hooks for React add', unit: 'kB', ...absolute, goal: 2, andThen: 1.5 },
  { key: 'react.event', what: 'CPU from text to page, in a burst', unit: 'µs', ...lower, goal: 1, andThen: 0.7 },
  { key: 'react.renders', what: 'renders of a burst of 10,000', unit: '', ...lower, goal: 0.5, andThen: 0.2 },
  { key: 'react.memory', what: 'heap per mounted subscription', unit: 'B', ...lower, goal: 2, andThen: 1.5 },
  { key: 'reconnect.median', what: 'server up again to first event', unit: 's', ...absolute, goal: 1.2, andThen: 0.9 },
  { key: 'reconnect.p95', what: 'server up again to first event', unit: 's', ...absolute, goal: 4, andThen: 3 },
  { key: 'reconnect.herd', what: 'of 1,000 clients, busiest 100 ms', unit: '%', ...absolute, goal: 8, andThen: 5 },
  { key: 'reconnect.lost', what: 'events lost or repeated', unit: '', ...absolute, goal: 0, andThen: 0 },
  {
    key: 'socketio.reconnect.median',
    what: 'the same over Socket.IO',
    unit: 's',
    ...absolute,
    goal: 1.2,
    andThen: 0.9,
  },
  { key: 'socketio.reconnect.p95', what: 'the same over Socket.IO', unit: 's', ...absolute, goal: 4, andThen: 3 },
  { key: 'socketio.reconnect.herd', what: 'the same over Socket.IO', unit: '%', ...absolute, goal: 8, andThen: 5 },
  { key: 'socketio.reconnect.lost', what: 'the same over Socket.IO', unit: '', ...absolute, goal: 0, andThen: 0 },
]
