import { Component, type ReactNode } from 'react'
import { forgetSessions } from '../data/kept-sessions.ts'
import { tab } from '../storage.ts'

/** When the page itself fails: what it kept may be the cause, so it can be forgotten. */
export class Mishap extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true }
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <div className="notice" role="alert">
        <p>This page failed. What it kept of the session may be the cause; the session itself is whole.</p>
        <button type="button" onClick={forgetAndReload}>
          Forget and reload
        </button>
      </div>
    )
  }
}

function forgetAndReload(): void {
  forgetSessions(tab)
  location.reload()
}
