import type { Lifecycle } from '@steadywire/core'

/** `AppState` of react-native. */
interface AppState {
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void }
}

export function appLifecycle(appState: AppState): Lifecycle {
  return {
    watch(on) {
      let away = false
      const changed = (state: string) => {
        if (state === 'background' && !away) on.suspended('background')
        else if (state === 'active' && away) on.resumed('background')
        else if (state === 'active') on.woke()
        if (state !== 'inactive') away = state === 'background'
      }
      const { remove } = appState.addEventListener('change', changed)
      return () => remove()
    },
  }
}
