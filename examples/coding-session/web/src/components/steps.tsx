import type { ReactElement } from 'react'
import type { Step, View } from '../data/view.ts'
import { elapsed, plural } from '../format.ts'
import { Icon, type IconName } from './icons.tsx'
import { Panel } from './panel.tsx'
import { useStickToEnd } from './use-stick-to-end.ts'

const icons: Readonly<Record<Step['kind'], IconName>> = {
  phase: 'flag',
  thinking: 'thought',
  failed: 'cross',
  done: 'check',
}

/** What the agent did, one thing after the other. */
export function Steps({ view }: { readonly view: View }): ReactElement {
  const { steps, startedAt = 0, lastAt = 0 } = view
  const { list, watch } = useStickToEnd(view)
  return (
    <Panel name="steps" title="Steps" note={steps.length > 0 ? elapsed(lastAt - startedAt) : undefined}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <ol ref={list} onScroll={watch} tabIndex={0} aria-label="Steps">
        {steps.map((step) => (
          <li key={step.seq} data-kind={step.kind}>
            <Icon name={icons[step.kind]} />
            <div>
              <p>
                {step.text}
                {step.kind === 'thinking' && <small> {outcomeOf(step)}</small>}
              </p>
              {step.detail !== '' && (
                <p className="detail" dir="ltr">
                  {step.detail}
                </p>
              )}
            </div>
            <time>{elapsed(step.time - startedAt)}</time>
          </li>
        ))}
      </ol>
      {steps.length === 0 && <p className="empty">Steps appear as the agent takes them.</p>}
    </Panel>
  )
}

function outcomeOf({ files, lines }: Step): string {
  return [files > 0 && plural(files, 'file'), lines > 0 && plural(lines, 'line')].filter(Boolean).join(', ')
}
