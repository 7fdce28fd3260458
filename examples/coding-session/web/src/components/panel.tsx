import { type ReactElement, type ReactNode, useId } from 'react'

interface PanelProps {
  readonly name: string
  readonly title: string
  readonly note?: string | undefined
  readonly children: ReactNode
}

/** A part of the page with a heading. */
export function Panel({ name, title, note, children }: PanelProps): ReactElement {
  const id = useId()
  return (
    <section className={`panel ${name}`} aria-labelledby={id}>
      <div className="heading">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <p>{note}</p>}
      </div>
      {children}
    </section>
  )
}
