import type { ReactElement, ReactNode } from 'react'
import { number } from '../format.ts'

interface CountProps {
  readonly name: string
  readonly value: number
  readonly note: string
  readonly children?: ReactNode
}

/** A large number that counts. */
export function Count({ name, value, note, children }: CountProps): ReactElement {
  return (
    <div className="count" data-count={name.toLowerCase()}>
      <p className="name">{name}</p>
      <p className="value">{number(value)}</p>
      <p className="note">{note}</p>
      {children}
    </div>
  )
}
