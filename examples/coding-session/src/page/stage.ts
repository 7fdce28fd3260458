import type { Project } from '../messages.ts'
import { modes, type Options } from '../options.ts'
import type { Stage } from './protocol.ts'

/** How a page reaches the log: by the kinds of wire that lead to it, each through a proxy of its own. */
export function stageOf(host: string, options: Options, ports: readonly number[], project: Project | undefined): Stage {
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const urlAt = (place: number) => urls[place] ?? ''
  if (project)
    return {
      host,
      wires: modes.map((kind, place) => ({ kind, url: urlAt(place), key: project.publishableKey })),
      preferred: modes.indexOf(options.mode ?? 'changes'),
      identity: { subject: 'viewer', token: project.token },
    }
  return {
    host,
    wires: [
      { kind: 'sse', url: `${urlAt(0)}/events` },
      { kind: 'socketio', url: urlAt(1) },
    ],
    preferred: options.transport === 'sse' ? 0 : 1,
  }
}
