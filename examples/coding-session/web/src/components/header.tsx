import type { Followed } from '@steadywire/react'
import { StatusBar } from '@steadywire/react/components'
import type { ReactElement } from 'react'
import type { SessionInfo } from '../../../src/page/protocol.ts'
import { phaseNames, type View } from '../data/view.ts'
import { RunAgain } from './run-again.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

interface HeaderProps {
  readonly sessions: readonly SessionInfo[]
  readonly shown: SessionInfo | undefined
  readonly view: View
  readonly reachable: boolean
  readonly followed: Followed
  /** Without an id: the newest. */
  choose(id: string | undefined): void
}

/** A change of wires takes a moment, which is nobody's worry. */
const patienceMs = 500

/** Which session this is, how it is doing, and the connection. */
export function Header({ sessions, shown, view, reachable, followed, choose }: HeaderProps): ReactElement {
  return (
    <header className="header">
      <span className="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M2 16h8l3-8 5 16 3-8h9" />
        </svg>
        <span>Steadywire</span>
      </span>
      <div className="title">
        <h1>
          {sessions.length > 1 ? (
            <select aria-label="Session" value={shown?.id} onChange={(change) => choose(change.target.value)}>
              {sessions.map(({ id, number }) => (
                <option key={id} value={id}>
                  Session {number}
                </option>
              ))}
            </select>
          ) : (
            'Coding session'
          )}
        </h1>
        <p className="phase" data-phase={view.phase ?? 'none'}>
          {phaseText(view)}
        </p>
        {shown && (
          <code dir="ltr" title={shown.command}>
            {shown.command}
          </code>
        )}
      </div>
      <div className="tools">
        <StatusBar graceMs={patienceMs} followed={{ Session: followed }} />
        <RunAgain running={sessions.at(-1)?.running ?? true} reachable={reachable} begun={() => choose(undefined)} />
        <ThemeSwitch />
      </div>
    </header>
  )
}

function phaseText({ phase, iteration }: View): string {
  if (phase === undefined) return 'Waiting for the first event'
  return phase === 'running' && iteration > 0 ? `Processing step ${iteration}…` : phaseNames[phase]
}
