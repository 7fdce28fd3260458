/** What a case found: nothing (it holds), or that only the degraded behaviour could be shown. */
export type Outcome = undefined | 'degraded'

/** One case of a suite, as data: vitest registers it, a script lists it, a saboteur is run against it. */
export interface Case<World> {
  /** The clause of SPEC.md that it proves, such as `D4a`. */
  readonly clause: string
  /** `theme/what-happens`. */
  readonly name: string
  /** Throws if the clause is broken. */
  run(world: World): Promise<Outcome>
}

/** The title of its test: `[D4a] honest/trimmed-while-away`. */
export function titleOf(item: Pick<Case<never>, 'clause' | 'name'>): string {
  return `[${item.clause}] ${item.name}`
}

/** What a case left behind when it ended, released in reverse order. */
export interface Cleanup {
  add(release: () => unknown): void
  run(): Promise<void>
}

export function createCleanup(): Cleanup {
  const releases: (() => unknown)[] = []
  return {
    add: (release) => void releases.push(release),
    async run() {
      for (let release = releases.pop(); release; release = releases.pop()) await release()
    },
  }
}
