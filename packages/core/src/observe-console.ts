import type { SteadywireError } from './errors.ts'
import type { Position } from './event.ts'
import type { Observation, Observe } from './observe.ts'

/** `debug`: every stage of every event. `info`: transitions. `warn`: what was missed, refused or failed. */
export type ConsoleLevel = 'debug' | 'info' | 'warn'

export interface ConsoleObserverOptions {
  /** The least that is shown. Default `info`. */
  readonly level?: ConsoleLevel
  /** Default: the platform's. */
  readonly console?: Readonly<Record<ConsoleLevel, (line: string) => void>>
}

const levels: readonly ConsoleLevel[] = ['debug', 'info', 'warn']

/**
 * Writes what happens as lines to read.
 *
 * @example
 * createSubscriber({ transport, observe: consoleObserver({ level: 'debug' }) })
 */
export function consoleObserver(options: ConsoleObserverOptions = {}): Observe {
  const out = options.console ?? console
  const least = levels.indexOf(options.level ?? 'info')
  return (record) => {
    const level = levelOf(record)
    if (levels.indexOf(level) >= least) out[level](`steadywire ${lineOf(record)}`)
  }
}

function levelOf(record: Observation): ConsoleLevel {
  if (record.kind === 'gap' || record.kind === 'error') return 'warn'
  if (record.kind !== 'event') return record.error ? 'warn' : 'info'
  return record.stage === 'invalid' || record.stage === 'rejected' ? 'warn' : 'debug'
}

function lineOf(record: Observation): string {
  switch (record.kind) {
    case 'event':
      return `${record.topic} ${record.seq > 0 ? `#${record.seq} ` : ''}${record.type} ${record.stage}`
    case 'connection': {
      const attempt = record.attempt > 0 ? ` (attempt ${record.attempt})` : ''
      return `connection ${record.from} → ${record.to}${attempt}${reason(record.error)}`
    }
    case 'subscription':
      return `${record.topic} ${record.from} → ${record.to}${reason(record.error)}`
    case 'gap': {
      const { reason, from, to } = record.gap
      return `${record.topic} gap (${reason}): ${place(from)} → ${place(to)}`
    }
    case 'error':
      return errorText(record.error)
  }
}

function reason(error: SteadywireError | undefined): string {
  return error ? `: ${errorText(error)}` : ''
}

function errorText({ code, message, hint }: SteadywireError): string {
  return `${code}: ${message}${hint ? ` (${hint})` : ''}`
}

function place({ seq, epoch }: Position): string {
  return `#${seq}${epoch ? ` of ${epoch}` : ''}`
}
