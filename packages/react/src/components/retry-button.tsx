import type { ReactElement } from 'react'

export interface RetryButtonProps {
  /** A try is under way. */
  readonly busy: boolean
  readonly text: string
  readonly retry: () => void
}

/** Not `disabled` while busy: that would take the keyboard's focus away from it. */
export function RetryButton({ busy, text, retry }: RetryButtonProps): ReactElement {
  return (
    <button type="button" className="steadywire-button" aria-disabled={busy} onClick={busy ? undefined : retry}>
      {text}
    </button>
  )
}
