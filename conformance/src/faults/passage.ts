/** Lets tasks through in their order: at once, later, or, while it is held, not at all. */
export interface Passage {
  delayMs: number
  hold(): void
  release(): void
  run(task: () => void): void
  /** Resolves when whoever asked before has passed. */
  pass(): Promise<void>
}

export function createPassage(): Passage {
  const waiting: { readonly task: () => void; readonly at: number }[] = []
  let held = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function pump(): void {
    clearTimeout(timer)
    timer = undefined
    while (!held) {
      const next = waiting[0]
      if (!next) return
      const wait = next.at - performance.now()
      if (wait > 0) {
        timer = setTimeout(pump, wait)
        return
      }
      waiting.shift()
      next.task()
    }
  }

  const passage: Passage = {
    delayMs: 0,
    hold() {
      held = true
    },
    release() {
      held = false
      pump()
    },
    run(task) {
      if (!held && waiting.length === 0 && passage.delayMs === 0) return task()
      waiting.push({ task, at: performance.now() + passage.delayMs })
      pump()
    },
    pass: () => new Promise((resolve) => passage.run(resolve)),
  }
  return passage
}
