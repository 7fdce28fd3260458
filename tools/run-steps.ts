import type { Step } from './steps.ts'
import type { Tally } from './tally.ts'

/** Runs all steps, also after one failed, and ends with the line that says how it went. Answers the exit code. */
export async function runSteps(steps: readonly Step[], args: readonly string[] = []): Promise<number> {
  const tallies: Tally[] = []
  const lines: string[] = []
  for (const step of steps) {
    console.log(`\n— ${step.title}`)
    const started = performance.now()
    const tally = await step.run(args)
    tallies.push(tally)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    lines.push(`${tally.failed === 0 ? 'ok    ' : 'FAILED'} ${step.title} (${seconds} s)`)
  }
  const sum = (key: 'passed' | 'failed') => tallies.reduce((total, tally) => total + tally[key], 0)
  const failures = tallies.flatMap((tally) => tally.failures ?? [])
  // Once more at the end, where also a log that is cut off at its front shows it.
  if (failures.length > 0) console.log(`\nFailed:\n\n${failures.join('\n\n')}`)
  console.log(`\n${lines.join('\n')}\n\n${sum('passed')} passed, ${sum('failed')} failed`)
  return sum('failed') === 0 ? 0 : 1
}
