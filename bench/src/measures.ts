/** Which module of `measures/` measures which keys. Each runs in a process of its own. */
export const measures = [
  { name: 'core-string', keys: ['core.string'] },
  { name: 'core-object', keys: ['core.object'] },
  { name: 'core-unvalidated', keys: ['core.unvalidated'] },
  { name: 'dispatch', keys: ['dispatch.10'] },
  { name: 'sse-throughput', keys: ['sse.throughput'] },
  { name: 'socketio-throughput', keys: ['socketio.throughput'] },
  { name: 'latency', keys: ['latency.p50', 'latency.p99', 'socketio.latency.p50', 'socketio.latency.p99'] },
  {
    name: 'supabase-latency',
    keys: [
      'supabase.latency.p50',
      'supabase.latency.p99',
      'supabase.broadcast.latency.p50',
      'supabase.broadcast.latency.p99',
      'supabase.beyond-polling',
      'supabase.budget',
    ],
  },
  { name: 'fanout-cpu', keys: ['fanout.cpu', 'socketio.fanout.cpu'] },
  { name: 'replay-memory', keys: ['replay.memory', 'socketio.replay.memory'] },
  { name: 'replay-redis', keys: ['replay.redis'] },
  { name: 'replay-postgres', keys: ['replay.postgres'] },
  { name: 'postgres-append', keys: ['postgres.append.hot', 'postgres.append.topics'] },
  { name: 'memory-server', keys: ['memory.server'] },
  { name: 'memory-topic', keys: ['memory.topic'] },
  { name: 'size', keys: ['size.core', 'size.sse', 'size.adapter', 'size.adapter.supabase'] },
  { name: 'reconnect', keys: ['reconnect.median', 'reconnect.p95', 'reconnect.herd', 'reconnect.lost'] },
  {
    name: 'socketio-reconnect',
    keys: ['socketio.reconnect.median', 'socketio.reconnect.p95', 'socketio.reconnect.herd', 'socketio.reconnect.lost'],
  },
] as const
