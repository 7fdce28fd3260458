import type { SessionEvent } from '../../../src/session.ts'

/** What is kept of an event to show it, and to go back to it. */
export type KeptEvent = SessionEvent extends infer Event
  ? Event extends SessionEvent
    ? Pick<Event, 'seq' | 'time' | 'type' | 'data'>
    : never
  : never

export interface Step {
  readonly kind: 'phase' | 'thinking' | 'failed' | 'done'
  readonly text: string
  readonly detail: string
  /** Of the event that began it. */
  readonly seq: number
  readonly time: number
  /** What happened in it. */
  readonly files: number
  readonly lines: number
}

export interface FileState {
  readonly action: 'write' | 'delete'
  readonly seq: number
}

/** The session at one moment, apart from its terminal. */
export interface View {
  readonly phase: 'starting' | 'running' | 'finished' | 'failed' | undefined
  /** The last thought. */
  readonly iteration: number
  readonly startedAt: number | undefined
  readonly lastAt: number | undefined
  readonly files: Readonly<Record<string, FileState>>
  readonly steps: readonly Step[]
  /** So many were printed. */
  readonly lines: number
}

export const emptyView: View = {
  phase: undefined,
  iteration: 0,
  startedAt: undefined,
  lastAt: undefined,
  files: {},
  steps: [],
  lines: 0,
}

const mostSteps = 300

export const phaseNames = { starting: 'Starting', running: 'Running', finished: 'Finished', failed: 'Failed' } as const

export function applyEvent(view: View, event: KeptEvent): View {
  const { seq, time } = event
  const next = { ...view, startedAt: view.startedAt ?? time, lastAt: time }
  const begin = (kind: Step['kind'], text: string, detail = '') =>
    addStep(view.steps, { kind, text, detail, seq, time, files: 0, lines: 0 })
  switch (event.type) {
    case 'state_changed': {
      const { state, detail } = event.data
      return { ...next, phase: state, steps: begin('phase', phaseNames[state], detail) }
    }
    case 'thinking': {
      const { iteration } = event.data
      return { ...next, iteration, steps: begin('thinking', `Step ${iteration}`) }
    }
    case 'terminal': {
      const lines = event.data.output.split('\n').length - 1
      return { ...next, lines: view.lines + lines, steps: addToLast(view.steps, { lines }) }
    }
    case 'file_change': {
      const { path, action } = event.data
      return {
        ...next,
        files: { ...view.files, [path]: { action, seq } },
        steps: addToLast(view.steps, { files: 1, detail: path }),
      }
    }
    case 'error':
      return { ...next, steps: begin('failed', event.data.message) }
    case 'completion':
      return { ...next, steps: begin('done', event.data.message) }
    default:
      return next
  }
}

/** A thought that led to nothing makes room for the next one. */
function addStep(steps: readonly Step[], step: Step): readonly Step[] {
  const last = steps.at(-1)
  const led = last?.kind !== 'thinking' || step.kind !== 'thinking' || last.files + last.lines > 0
  return [...(led ? steps : steps.slice(0, -1)), step].slice(-mostSteps)
}

function addToLast(
  steps: readonly Step[],
  { files = 0, lines = 0, detail }: { readonly files?: number; readonly lines?: number; readonly detail?: string },
): readonly Step[] {
  const last = steps.at(-1)
  if (!last) return steps
  const shown = last.kind === 'thinking' ? (detail ?? last.detail) : last.detail
  return [...steps.slice(0, -1), { ...last, detail: shown, files: last.files + files, lines: last.lines + lines }]
}
