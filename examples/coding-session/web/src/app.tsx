import type { FailoverTransport } from '@steadywire/core'
import { type ReactElement, useState } from 'react'
import type { Stage } from '../../src/page/protocol.ts'
import { Announcer } from './components/announcer.tsx'
import { Charts } from './components/charts.tsx'
import { Files } from './components/files.tsx'
import { Header } from './components/header.tsx'
import { Player } from './components/player.tsx'
import { Steps } from './components/steps.tsx'
import { TerminalPanel } from './components/terminal.tsx'
import { Wires } from './components/wires.tsx'
import type { Meter } from './data/meter.ts'
import { momentOf } from './data/moment.ts'
import type { NetworkSwitch } from './data/network-switch.ts'
import { createRewinder, emptySession } from './data/session-state.ts'
import { useChosen } from './data/use-chosen.ts'
import { useFlowing } from './data/use-meter.ts'
import { usePlayback } from './data/use-playback.ts'
import { useSession } from './data/use-session.ts'
import { useStatus } from './data/use-status.ts'
import { useTally } from './data/use-tally.ts'
import { useWireChoice } from './data/use-wire-choice.ts'
import { wireNames } from './data/wires.ts'

interface AppProps {
  readonly stage: Stage
  readonly wires: FailoverTransport
  readonly network: NetworkSwitch
  readonly meter: Meter
}

/** The session as it is, or as it was; and the wire that brings it. */
export function App({ stage, wires, network, meter }: AppProps): ReactElement {
  const [chosen, choose] = useChosen()
  const [offline, setOffline] = useState(!network.online)
  const witness = useStatus(stage.host, chosen)
  const { reachable, serverUp, sessions, shown } = witness
  const live = useSession(stage.host, shown?.id)
  const { state = emptySession } = live
  const choice = useWireChoice(stage, wires)
  const flowing = useFlowing(meter)
  const playback = usePlayback(shown?.id, state.events)
  const [rewind] = useState(createRewinder)

  const { seq } = playback
  const view = seq === undefined ? state.view : rewind(state, seq)
  const tally = useTally(witness, state.ledger, meter)
  const ended = live.status === 'ended' && shown?.running === false
  const moment = momentOf(state, playback.count)
  const inUse = choice.active === undefined ? undefined : stage.wires[choice.active]

  return (
    <>
      <Header
        sessions={sessions}
        shown={shown}
        view={view}
        reachable={reachable}
        followed={live}
        choose={(id) => {
          choose(id === sessions.at(-1)?.id ? undefined : id)
        }}
      />
      {!reachable && (
        <p className="notice" role="alert">
          The host of this page does not answer. Start it again: <code>npm start</code>
        </p>
      )}
      <main data-past={seq !== undefined}>
        <Wires
          stage={stage}
          choice={choice}
          tally={tally}
          flowing={flowing}
          ended={ended}
          reachable={reachable}
          serverUp={serverUp}
          offline={offline}
          setOffline={(now) => {
            setOffline(now)
            network.set(!now)
          }}
        />
        <Steps
          steps={view.steps}
          startedAt={view.startedAt}
          lastAt={view.lastAt}
          running={view.phase === 'running' && (seq === undefined || playback.playing)}
        />
        <TerminalPanel key={shown?.id} events={state.events} upTo={seq} lines={view.lines} keptFrom={moment.keptFrom} />
        <aside>
          <Files files={view.files} />
          <Charts meter={meter} />
        </aside>
      </main>
      <Player playback={playback} moment={moment} kept={state.events.length} ended={ended} />
      <Announcer phase={state.view.phase} wire={inUse && wireNames[inUse.kind]} />
    </>
  )
}
