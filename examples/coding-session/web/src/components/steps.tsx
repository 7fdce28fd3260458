import { memo } from 'react'
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
export const Steps = memo(function Steps({
  steps,
  startedAt = 0,
  lastAt = 0,
}: Pick<View, 'steps' | 'startedAt' | 'lastAt'>) {
  const { list, watch } = useStickToEnd(steps)
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
      {steps.length === 0 && <p className="empty">Steps appear as the agent takes them.</p>}
    </Panel>
  )
})

function outcomeOf({ files, lines }: Step): string {
  const parts = [files > 0 && plural(files, 'file'), lines > 0 && plural(lines, 'line')].filter(Boolean)
  return parts.length > 0 ? ` · ${parts.join(', ')}` : ''
}
