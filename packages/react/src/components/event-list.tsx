import type { Gap } from '@steadywire/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type ComponentPropsWithoutRef,
  type ReactElement,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { classNames } from './class-names.ts'
import { type ListedEvent, rowsOf } from './rows.ts'
import { english, type Texts } from './texts.ts'
import { ToEnd } from './to-end.tsx'
import { useStartReached } from './use-start-reached.ts'

export interface EventListProps<Event extends ListedEvent> extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** Ascending, such as those of `useEvents`. */
  readonly events: readonly Event[]
  /** Each is shown between the events around it. */
  readonly gaps?: readonly Gap[]
  readonly renderEvent: (event: Event) => ReactNode
  /** Called when the reader comes to the start: `older.load` of `useEvents`, or what else puts older events before the others. With nothing to show, too. */
  readonly onReachStart?: (() => unknown) | undefined
  readonly loadingOlder?: boolean
  /** How high most events are, px, before they are measured. Default 32. */
  readonly estimatedHeight?: number
  readonly texts?: Partial<Texts>
}

/** So near to an edge counts as being there, px. */
const nearPx = 24

const noGaps: readonly Gap[] = []

/** Takes no place of its own: what is below keeps its place when it comes and goes. */
const startEdge = { position: 'sticky', insetBlockStart: 0, blockSize: 0, zIndex: 1 } as const
/** No markers; not by `none`, for which Safari would take it for no list at all. */
const plainList = { position: 'relative', margin: 0, padding: 0, listStyleType: '""' } as const
const listStyle = { position: 'relative', overflow: 'auto', overflowAnchor: 'none' } as const

/**
 * Shows any number of events, of which only those in sight are in the page; give it a height. It stays at the end while the reader is at the end,
 * keeps the place of who scrolled up, and offers the way back. Needs `@tanstack/react-virtual`.
 *
 * It is a `log` to assistive technology, but reads nothing out by itself; `aria-live="polite"` changes that where events are few.
 *
 * @example
 * <EventList events={events} gaps={gaps} renderEvent={({ data }) => data.output} style={{ blockSize: 400 }} />
 */
export function EventList<Event extends ListedEvent>({
  events,
  gaps = noGaps,
  renderEvent,
  onReachStart,
  loadingOlder = false,
  estimatedHeight = 32,
  texts: more,
  className,
  style,
  onScroll,
  ...rest
}: EventListProps<Event>): ReactElement {
  const texts = { ...english, ...more }
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => rowsOf(events, gaps), [events, gaps])
  /** The last row when the reader left the end. */
  const [leftAt, setLeftAt] = useState<string | undefined>(undefined)
  const list = useVirtualizer<HTMLDivElement, HTMLLIElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.key ?? index,
    estimateSize: () => estimatedHeight,
    overscan: 8,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearPx,
  })
  const tellStart = useStartReached(onReachStart, rows[0]?.key)

  function look(): void {
    const element = scroller.current
    if (!element) return
    tellStart(element.scrollTop <= nearPx)
    setLeftAt((before) => (list.isAtEnd() ? undefined : (before ?? rows.at(-1)?.key)))
  }
  // What fits into the list is never scrolled, and its start is in sight.
  useEffect(() => {
    const element = scroller.current
    if (element && element.scrollHeight <= element.clientHeight) tellStart(true)
  })

  function toEnd(): void {
    list.scrollToEnd()
    scroller.current?.focus({ preventScroll: true })
  }

  const newCount = leftAt === undefined ? 0 : rows.length - 1 - rows.findIndex(({ key }) => key === leftAt)
  return (
    <div
      role="log"
      aria-live="off"
      aria-label={texts.events}
      aria-busy={loadingOlder}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
      tabIndex={0}
      {...rest}
      ref={scroller}
      className={classNames('steadywire-list', className)}
      style={{ ...listStyle, ...style }}
      onScroll={(event) => {
        look()
        onScroll?.(event)
      }}
    >
      <div className="steadywire-list-start" style={startEdge}>
        {loadingOlder && <span className="steadywire-list-loading">{texts.loadingOlder}</span>}
      </div>
      <ol style={{ ...plainList, blockSize: list.getTotalSize() }}>
        {list.getVirtualItems().map(({ key, index, start }) => {
          const row = rows[index]
          return (
            row && (
              <li
                key={key}
                ref={list.measureElement}
                aria-setsize={rows.length}
                aria-posinset={index + 1}
                data-index={index}
                className={row.gap ? 'steadywire-gap' : 'steadywire-event'}
                {...(row.gap && { 'data-reason': row.gap.reason })}
                style={{ position: 'absolute', insetInline: 0, transform: `translateY(${start}px)` }}
              >
                {row.gap ? texts.gap(row.gap) : renderEvent(row.event)}
              </li>
            )
          )
        })}
      </ol>
      <ToEnd isAway={leftAt !== undefined} newCount={newCount} texts={texts} toEnd={toEnd} />
    </div>
  )
}
