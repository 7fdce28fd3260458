import { type RefObject, useInsertionEffect, useMemo } from 'react'

/**
 * What a component was given in its last render that was committed, for what is called later. With others that it belongs to, such as a key, it is
 * another one for each of them: what is still called for a former topic is what was given for that one.
 */
export function useCurrent<T>(value: T, ...of: readonly unknown[]): Readonly<RefObject<T>> {
  // biome-ignore lint/correctness/useExhaustiveDependencies: its value is that of the last render
  const current = useMemo<RefObject<T>>(() => ({ current: value }), of)
  useInsertionEffect(() => {
    current.current = value
  })
  return current
}
