import { type RefObject, useInsertionEffect, useRef } from 'react'

/** What a component was given in its last render that was committed, for what is called later. */
export function useCurrent<T>(value: T): Readonly<RefObject<T>> {
  const current = useRef(value)
  useInsertionEffect(() => {
    current.current = value
  })
  return current
}
