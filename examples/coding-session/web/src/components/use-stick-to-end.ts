import { type RefObject, useLayoutEffect, useRef } from 'react'

/** Keeps the end of a list in sight, unless somebody scrolled away from it. */
export function useStickToEnd(shown: unknown): { readonly list: RefObject<HTMLOListElement | null>; watch(): void } {
  const list = useRef<HTMLOListElement>(null)
  const atEnd = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: with what is shown the height changes
  useLayoutEffect(() => {
    if (list.current && atEnd.current) list.current.scrollTop = list.current.scrollHeight
  }, [shown])
  return {
    list,
    watch() {
      if (!list.current) return
      const { scrollTop, clientHeight, scrollHeight } = list.current
      atEnd.current = scrollTop + clientHeight >= scrollHeight - 8
    },
  }
}
