import { SteadywireError } from './errors.ts'
import type { Gap } from './gap.ts'
import type { From, Subscription } from './subscription.ts'
import type { EventOf, TopicLike, TypeOf } from './topic.ts'

export interface StreamOptions<T extends TopicLike, Type extends TypeOf<T>, Gaps extends 'throw' | 'yield'> {
  /** What a gap does: end the stream with an error of code `gap`, or come as an item `{ gap }`. */
  readonly gaps: Gaps
  /** Default `now`. */
  readonly from?: From
  readonly name?: string
  readonly types?: readonly Type[]
  /** Ends the stream when aborted. */
  readonly signal?: AbortSignal
}

/** With `gaps: 'yield'` a gap comes as an item of its own; tell it by `'gap' in item`. */
export type StreamItem<T extends TopicLike, Type extends TypeOf<T>, Gaps extends 'throw' | 'yield'> =
  | EventOf<T, Type>
  | (Gaps extends 'yield' ? { readonly gap: Gap } : never)

/** What a stream's subscription is told to do. */
export interface StreamHandlers {
  readonly event: (event: unknown) => Promise<void>
  readonly gap: (gap: Gap) => Promise<void>
  readonly status: (status: string) => void
  readonly error: (error: SteadywireError) => void
  readonly buffer: number
}

/**
 * A topic as an async iterable. Each handler call waits until the item after its own is asked for: so a slow consumer holds
 * back the reading of the log, and the cursor passes an event only when the consumer is done with it (D2a).
 * Hand-written: plain Hermes has no async generators.
 *
 * @param subscribe `silenced` is to be called when what was handed over is void: another identity, or the end.
 * @param overlooked Hears of the errors that do not end the stream.
 */
export function createStream<T extends TopicLike, Type extends TypeOf<T>, Gaps extends 'throw' | 'yield'>(
  options: StreamOptions<T, Type, Gaps>,
  subscribe: (
    handlers: StreamHandlers & Omit<StreamOptions<T, Type, Gaps>, 'gaps' | 'signal'>,
    silenced: () => void,
  ) => Subscription,
  overlooked: (error: SteadywireError) => void,
): AsyncIterableIterator<StreamItem<T, Type, Gaps>, undefined> {
  type Item = StreamItem<T, Type, Gaps>
  type Result = IteratorResult<Item, undefined>
  const { gaps, signal, ...rest } = options
  const done: Result = { done: true, value: undefined }
  const asking: { resolve(result: Result): void; reject(error: unknown): void }[] = []
  let offered: Item | undefined
  /** Lets the handler of the item that was handed out last return. */
  let release = (): void => {}
  let over: { readonly error: SteadywireError | undefined } | undefined
  let refusal: SteadywireError | undefined
  let subscription: Subscription | undefined

  function offer(item: Item): Promise<void> {
    return new Promise((resolve) => {
      const asker = asking.shift()
      if (asker) asker.resolve({ done: false, value: item })
      else offered = item
      if (asking.length > 0) resolve()
      else release = resolve
    })
  }

  function finish(error?: SteadywireError): void {
    if (over) return
    over = { error }
    signal?.removeEventListener('abort', aborted)
    subscription?.unsubscribe()
    const [first, ...others] = asking.splice(0)
    if (first && error) {
      over = { error: undefined }
      first.reject(error)
    } else first?.resolve(done)
    for (const other of others) other.resolve(done)
  }

  function silenced(): void {
    offered = undefined
    if (subscription?.status === 'detached') finish()
  }

  function aborted(): void {
    finish()
  }

  if (signal?.aborted) over = { error: undefined }
  else {
    signal?.addEventListener('abort', aborted, { once: true })
    subscription = subscribe(
      {
        ...rest,
        buffer: 100,
        event: (event) => offer(event as Item),
        async gap(gap) {
          if (gaps === 'yield') return offer({ gap } as Item)
          finish(
            new SteadywireError('gap', `Events of ${gap.topic} cannot be had (${gap.reason})`, {
              topic: gap.topic,
              hint: "Load the state anew and stream from there, or take gaps as items with gaps: 'yield'.",
              cause: gap,
            }),
          )
        },
        status(status) {
          if (status === 'ended') finish()
          if (status !== 'refused') return
          offered = undefined
          queueMicrotask(() => finish(refusal))
        },
        error(error) {
          if (subscription?.status === 'refused') refusal = error
          else overlooked(error)
        },
      },
      silenced,
    )
  }

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      if (offered !== undefined) {
        const value = offered
        offered = undefined
        return Promise.resolve({ done: false, value })
      }
      if (over) {
        const { error } = over
        over = { error: undefined }
        return error ? Promise.reject(error) : Promise.resolve(done)
      }
      const asked = new Promise<Result>((resolve, reject) => asking.push({ resolve, reject }))
      release()
      return asked
    },
    return() {
      finish()
      over = { error: undefined }
      return Promise.resolve(done)
    },
  }
}
