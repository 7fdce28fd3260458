import type { Goal } from './goals.ts'
import type { Measured } from './rounds.ts'
import { verdict } from './verdict.ts'

const titles = ['key', 'what', 'base', 'ours', 'ratio', 'goal', 'and then', 'reached']

/** The table of what was measured, as text. */
export function table(goals: readonly Goal[], results: Readonly<Record<string, Measured>>): string {
  const rows = goals.flatMap((goal) => {
    const result = results[goal.key]
    return result ? [row(goal, result)] : []
  })
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

function row(goal: Goal, result: Measured): string[] {
  const { key, what, unit, by } = goal
  const limit = (value: number) => {
    const sign = goal.better === 'lower' ? '≤' : '≥'
    return by === 'ratio' ? `${sign} ${value}×` : `${sign} ${value} ${unit}`.trim()
  }
  return [
    key,
    what,
    result.base === null ? '' : `${short(result.base)} ${unit}`.trim(),
    `${short(result.value)} ${unit}`.trim(),
    result.ratio === null ? '' : result.ratio.toFixed(2),
    limit(goal.goal),
    limit(goal.andThen),
    verdict(goal, result),
  ]
}

/** Three digits that count. */
function short(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
