import type { Lifecycle, SuspendReason } from './lifecycle.ts'

export { type StorageLike, webStorageCursors } from './web-storage-cursors.ts'

type Listener = () => void

interface EventTargetLike {
  addEventListener(type: string, listener: Listener): void
  removeEventListener(type: string, listener: Listener): void
}

/** What is needed of a page. */
export interface PageLike {
  readonly window: EventTargetLike
  readonly document: EventTargetLike & { readonly visibilityState: string }
  readonly navigator: { readonly onLine?: boolean }
}

declare const window: PageLike['window'] | undefined
declare const document: PageLike['document']
declare const navigator: PageLike['navigator']

/**
 * How a page is doing (C6): offline or online, frozen by the browser or left for another page (and perhaps come back to),
 * brought to the front. A page that is merely hidden stays connected. Outside a browser it reports nothing.
 *
 * @example
 * createSubscriber({ transport, lifecycle: browserLifecycle() })
 */
export function browserLifecycle(page: PageLike | undefined = currentPage()): Lifecycle {
  return {
    watch(on) {
      if (!page) return () => {}
      const reasons = new Set<SuspendReason>()
      const suspend = (reason: SuspendReason) => (): void => {
        if (reasons.has(reason)) return
        reasons.add(reason)
        on.suspended(reason)
      }
      const resume = (reason: SuspendReason) => (): void => {
        if (reasons.delete(reason)) on.resumed(reason)
      }
      const listeners: [EventTargetLike, string, Listener][] = [
        [page.window, 'offline', suspend('offline')],
        [page.window, 'online', resume('offline')],
        [page.window, 'pagehide', suspend('background')],
        [page.window, 'pageshow', resume('background')],
        [page.document, 'freeze', suspend('background')],
        [page.document, 'resume', resume('background')],
        [page.document, 'visibilitychange', () => page.document.visibilityState === 'visible' && on.woke()],
      ]
      for (const [target, type, listener] of listeners) target.addEventListener(type, listener)
      if (page.navigator.onLine === false) suspend('offline')()
      return () => {
        for (const [target, type, listener] of listeners) target.removeEventListener(type, listener)
      }
    },
  }
}

function currentPage(): PageLike | undefined {
  return typeof window === 'undefined' ? undefined : { window, document, navigator }
}
