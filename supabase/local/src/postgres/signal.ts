import { type ChildProcess, spawnSync } from 'node:child_process'

/** Signals a server and all that it has forked: those are in sessions of their own, and would go on for a while. */
export function signalAll(server: ChildProcess, signal: NodeJS.Signals): void {
  for (const pid of childrenOf(server.pid)) send(pid, signal)
  server.kill(signal)
}

/** Nobody, where `ps` can't tell, as on Windows. */
function childrenOf(parent: number | undefined): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([pid, ppid]) => (pid !== undefined && ppid !== undefined && ppid === parent ? [pid] : []))
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}
