import type { ReactElement } from 'react'
import type { Texts } from './texts.ts'
import { visuallyHidden } from './visually-hidden.ts'

export interface ToEndProps {
  readonly isAway: boolean
  readonly newCount: number
  readonly texts: Texts
  readonly toEnd: () => void
}

/** Takes no place of its own at the lower edge of what scrolls. */
const edge = { position: 'sticky', insetBlockEnd: 0, blockSize: 0, display: 'flex', alignItems: 'flex-end' } as const

/** The way back to the end of a list, for who left it. That there is something new is read out once, however much comes. */
export function ToEnd({ isAway, newCount, texts, toEnd }: ToEndProps): ReactElement {
  return (
    <div className="steadywire-list-end" style={edge}>
      <span role="status" style={visuallyHidden}>
        {isAway && newCount > 0 && texts.newEvents}
      </span>
      {isAway && (
        <button type="button" className="steadywire-list-to-end" onClick={toEnd}>
          {texts.toEnd(newCount)}
        </button>
      )}
    </div>
  )
}
