import {
  type Attachment,
  encodeCursor,
  isSkip,
  type Position,
  type Sink,
  type Wanted,
  type WireError,
  type WireItem,
} from '@steadywire/core'

/** One topic on the stream: the server knows it once, however many subscriptions share it. */
export interface Feed {
  readonly after: string | null
  /** Told apart from an earlier attach of the same topic by its number; the opening request's have none. */
  readonly number: number | undefined
  readonly sinks: Set<Sink>
  /** False until a subscription took over what the opening request asked for. */
  claimed: boolean
  /** The first page, until the subscription that asked for it took it. */
  page: Attachment | undefined
  /** What to say to the first that listens, if something was said before; without a position: verify. */
  missed: readonly (Position | undefined)[] | undefined
  readonly confirmed: Promise<void>
  confirm(): void
  refuse(error: WireError): void
}

export function createFeed(after: string | null, number: number | undefined): Feed {
  let confirm = () => {}
  let refuse = (_error: WireError) => {}
  const confirmed = new Promise<void>((resolve, reject) => {
    confirm = resolve
    refuse = reject
  })
  confirmed.catch(() => {})
  return {
    after,
    number,
    sinks: new Set(),
    claimed: false,
    page: undefined,
    missed: undefined,
    confirmed,
    confirm,
    refuse,
  }
}

/** `[topic, cursor]` of each topic, once: what the opening request asks for. */
export function topicsOf(wanted: readonly Wanted[]): (readonly [string, string | null])[] {
  const topics = new Map<string, string | null>()
  for (const { topic, after } of wanted) if (!topics.has(topic)) topics.set(topic, cursorOf(after))
  return [...topics]
}

export function cursorOf(after: Position | undefined): string | null {
  return after ? encodeCursor(after) : null
}

export function endOf(items: readonly WireItem[]): Position | undefined {
  const last = items.at(-1)
  return last && { epoch: last.epoch, seq: isSkip(last) ? last.skip[1] : last.seq }
}
