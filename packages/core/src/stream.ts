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
 * A topic as an async iterable. Each handler call waits until its item was taken, so that a slow consumer holds back
 * the reading of the log and nothing piles up. Hand-written: plain Hermes has no async generators.
 */
export function createStream<T extends TopicLike, Type extends TypeOf<T>, Gaps extends 'throw' | 'yield'>(
  options: StreamOptions<T, Type, Gaps>,
  subscribe: (handlers: StreamHandlers & Omit<StreamOptions<T, Type, Gaps>, 'gaps' | 'signal'>) => Subscription,
): AsyncIterableIterator<StreamItem<T, Type, Gaps>, undefined> {
  type Item = StreamItem<T, Type, Gaps>
  const { gaps, signal, ...rest } = options
  let offered: { readonly item: Item; readonly taken: () => void } | undefined
  let asking: ((result: IteratorResult<Item, undefined>) => void) | undefined
  let failing: ((error: unknown) => void) | undefined
  let over: { readonly error: SteadywireError | undefined } | undefined
  let lastError: SteadywireError | undefined
  let subscription: Subscription | undefined

  function offer(item: Item): Promise<void> {
    return new Promise((taken) => {
      if (!asking) offered = { item, taken }
      else {
        asking({ done: false, value: item })
        asking = undefined
        taken()
      }
    })
  }

  function finish(error?: SteadywireError): void {
    over ??= { error }
    subscription?.unsubscribe()
    if (asking && !offered) {
      if (over.error) failing?.(over.error)
      else asking({ done: true, value: undefined })
      asking = undefined
    }
  }

  const aborted = (): void => finish()
  if (signal?.aborted) over = { error: undefined }
  else {
    signal?.addEventListener('abort', aborted, { once: true })
    subscription = subscribe({
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
        if (status === 'refused') queueMicrotask(() => finish(lastError))
      },
      error(error) {
        lastError = error
      },
    })
  }

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      if (offered) {
        const { item, taken } = offered
        offered = undefined
        taken()
        return Promise.resolve({ done: false, value: item })
      }
      if (over) {
        const { error } = over
        over = { error: undefined }
        return error ? Promise.reject(error) : Promise.resolve({ done: true, value: undefined })
      }
      return new Promise((resolve, reject) => {
        asking = resolve
        failing = reject
      })
    },
    return() {
      signal?.removeEventListener('abort', aborted)
      offered?.taken()
      offered = undefined
      finish()
      over = { error: undefined }
      return Promise.resolve({ done: true, value: undefined })
    },
  }
}
