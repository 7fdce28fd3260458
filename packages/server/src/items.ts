import { isSkip, markOf, type Page, type Position, type WireEvent, type WireItem } from '@steadywire/core'

/** Where a page says that the log ends. */
export function headOf(page: Pick<Page, 'epoch' | 'head' | 'mark'>): Position {
  return position(page.epoch, page.head, page.mark)
}

export function position(epoch: string | undefined, seq: number, mark: string | undefined): Position {
  return { seq, ...(epoch !== undefined && { epoch }), ...(mark !== undefined && { mark }) }
}

/** The log that gave this page is another one than the log that gave `after`, or an older state of it. */
export function contradicts(after: Position, page: Page): boolean {
  if (after.epoch === undefined) return false
  return page.epoch !== after.epoch || page.rewound === true || page.head < after.seq
}

export interface Stretch {
  /** What precedes the first item; other than asked if retention has removed what lay between. */
  readonly from: Position
  /** Every seq after `from`, as an event or in a skip. */
  readonly items: readonly WireItem[]
  readonly to: Position
}

/** What a page adds after a position, with skips where an event is missing from it. */
export function stretchOf(after: Position, page: Page): Stretch | undefined {
  const { epoch, oldest, through, throughMark } = page
  if (epoch === undefined) return undefined
  const from = after.seq + 1 < oldest ? position(epoch, oldest - 1, undefined) : { ...after, epoch }
  const items: WireItem[] = []
  let last = from.seq
  for (const event of page.events) {
    if (event.seq <= last) continue
    if (event.seq > last + 1) items.push({ epoch, skip: [last + 1, event.seq - 1] })
    items.push(event)
    last = event.seq
  }
  if (through > last)
    items.push({ epoch, skip: [last + 1, through], ...(throughMark !== undefined && { mark: throughMark }) })
  const end = items.at(-1)
  return { from, items, to: end ? endOf(end) : from }
}

/** The topic ends with something that the stretch does not show: only a page tells that it is sealed (D9). */
export function hidesEnd({ items, to }: Stretch, page: Page): boolean {
  const end = items.at(-1)
  return page.sealed === true && to.seq === page.head && end !== undefined && isSkip(end)
}

export function endOf(item: WireItem): Position {
  return isSkip(item)
    ? position(item.epoch, item.skip[1], item.mark)
    : { epoch: item.epoch, seq: item.seq, mark: markOf(item.id) }
}

/** Puts skips in place of what is not visible, adjacent ones merged; the same array if nothing is hidden. */
export function hideItems(items: readonly WireItem[], visible: (event: WireEvent) => boolean): readonly WireItem[] {
  const shown: WireItem[] = []
  let hidden = false
  for (const item of items) {
    if (!isSkip(item) && isVisible(item, visible)) {
      shown.push(item)
      continue
    }
    hidden ||= !isSkip(item)
    const { epoch, seq, mark } = endOf(item)
    const before = shown.at(-1)
    const merge = before !== undefined && isSkip(before)
    const first = merge ? before.skip[0] : isSkip(item) ? item.skip[0] : seq
    if (merge) shown.pop()
    shown.push({ epoch: epoch ?? item.epoch, skip: [first, seq], ...(mark !== undefined && { mark }) })
  }
  return hidden ? shown : items
}

/** A filter that throws hides: when in doubt, nothing is shown (D10). */
export function isVisible(event: WireEvent, visible: (event: WireEvent) => boolean): boolean {
  try {
    return visible(event) === true
  } catch {
    return false
  }
}
