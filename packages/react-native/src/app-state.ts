import type { Clock, LifecycleEvents } from '@steadywire/core'
import type { AppStateLike } from './ports.ts'

/**
 * - `suspend`: the connection is closed, for the sake of the battery
 * - `hold`: it stays for as long as the system lets it, and nothing is handed to the app until it is back
 * - `graceMs`: everything goes on for so long, ms, then it is closed: who only looks at another app comes back to an open connection
 */
export type Background = 'suspend' | 'hold' | { readonly graceMs: number }

/** What being away does. */
interface Stay {
  left(): void
  returned(): void
  /** Nothing is told any more. */
  stop(): void
}

/** Tells when the app is away, by the wish for that time, and when it came to the front; answers how to stop. */
export function watchAppState(
  appState: AppStateLike,
  background: Background,
  clock: Clock,
  on: LifecycleEvents,
): () => void {
  const stay = stayBy(background, clock, on)
  let away = false

  function changed(state: string | null | undefined): void {
    if (state === 'background' && !away) {
      away = true
      stay.left()
    }
    // What lies between, such as `inactive`, says neither.
    if (state !== 'active') return
    if (away) stay.returned()
    away = false
    on.woke()
  }

  const listening = appState.addEventListener('change', changed)
  if (appState.currentState === 'background') changed('background')
  return () => {
    listening.remove()
    stay.stop()
  }
}

function stayBy(background: Background, clock: Clock, on: LifecycleEvents): Stay {
  const stop = (): void => {}
  if (background === 'hold') return { left: () => on.held(), returned: () => on.released(), stop }
  if (background === 'suspend')
    return { left: () => on.suspended('background'), returned: () => on.resumed('background'), stop }
  return stayFor(background.graceMs, clock, on)
}

/** Timers stand still while the system suspends the app, so on return the wall clock decides. */
function stayFor(graceMs: number, clock: Clock, on: LifecycleEvents): Stay {
  let leftAt = 0
  let suspended = false
  let cancel = (): void => {}
  const suspend = (): void => {
    suspended = true
    on.suspended('background')
  }
  return {
    left() {
      leftAt = clock.wall()
      cancel = clock.after(graceMs, suspend)
    },
    returned() {
      cancel()
      // The line may be dead without knowing it: it is given up, and another one opened.
      if (!suspended && clock.wall() - leftAt >= graceMs) suspend()
      if (suspended) on.resumed('background')
      suspended = false
    },
    stop: () => cancel(),
  }
}
