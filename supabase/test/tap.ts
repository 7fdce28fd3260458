export interface TapTest {
  readonly title: string
  readonly ok: boolean
  /** What pgTAP says of a failure. */
  readonly detail: string
}

export interface TapRun {
  readonly planned: number | undefined
  readonly tests: readonly TapTest[]
}

/** Reads the Test Anything Protocol, as pgTAP prints it. */
export function parseTap(text: string): TapRun {
  let planned: number | undefined
  const tests: TapTest[] = []
  for (const line of text.split('\n')) {
    const plan = /^1\.\.(\d+)/.exec(line)
    if (plan) planned = Number(plan[1])
    const verdict = /^(not )?ok \d+(?: - (.*))?$/.exec(line)
    const last = tests.at(-1)
    if (verdict) tests.push({ title: verdict[2] ?? `test ${tests.length + 1}`, ok: !verdict[1], detail: '' })
    else if (line.startsWith('#') && last) tests[tests.length - 1] = { ...last, detail: `${last.detail}${line}\n` }
  }
  return { planned, tests }
}
