import { memo, type ReactElement } from 'react'
import type { Step, View } from '../data/view.ts'
import { elapsed, plural } from '../format.ts'
import { Icon, type IconName } from './icons.tsx'
import { Panel } from './panel.tsx'
import { useStickToEnd } from './use-stick-to-end.ts'

/** What is no turning point is a dot on the line of time. */
const icons: Readonly<Partial<Record<Step['kind'], IconName>>> = {
  phase: 'flag',
  failed: 'cross',
  done: 'check',
}

interface StepsProps extends Pick<View, 'steps' | 'startedAt' | 'lastAt'> {
  /** The last step goes on. */
  readonly running: boolean
}

/** What the agent did, one thing after the other. */
export const Steps = memo(function Steps({ steps, startedAt = 0, lastAt = 0, running }: StepsProps) {
  const { list, watch } = useStickToEnd(steps)
  return (
    <Panel name="steps" title="Steps" note={steps.length > 0 ? elapsed(lastAt - startedAt) : undefined}>
      {steps.length === 0 ? (
        <p className="empty">Steps appear as the agent takes them.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <ol ref={list} onScroll={watch} tabIndex={0} aria-label="Steps">
          {steps.map((step, index) => (
            <li key={step.seq} data-kind={step.kind} data-running={running && index === steps.length - 1}>
              <Sign kind={step.kind} />
              <div>
                <p>
                  {step.text}
                  {step.kind === 'thinking' && <small>{outcomeOf(step)}</small>}
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
      )}
    </Panel>
  )
})

function Sign({ kind }: Pick<Step, 'kind'>): ReactElement {
  const icon = icons[kind]
  return icon ? <Icon name={icon} /> : <span className="sign" aria-hidden="true" />
}

function outcomeOf({ files, lines }: Step): string {
  const parts = [files > 0 && plural(files, 'change'), lines > 0 && plural(lines, 'line')].filter(Boolean)
  return parts.length > 0 ? ` · ${parts.join(', ')}` : ''
}
