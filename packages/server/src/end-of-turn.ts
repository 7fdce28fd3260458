const tasks: (() => void)[] = []

/**
 * Runs `task` at the end of this turn of the event loop, and what such tasks ask for right after them: events that are
 * gathered for their readers, and the chunks that they make up for a client, leave in the same turn. What is asked for
 * even later waits for the next one. Without `setImmediate` a turn ends with its microtasks. It measures no time, so no
 * `Clock` is asked.
 */
export function atEndOfTurn(task: () => void): void {
  if (tasks.push(task) === 1) later(endTurn)
}

const later = typeof setImmediate === 'function' ? setImmediate : queueMicrotask

/** A task that throws does not keep the others from their turn. */
function endTurn(): void {
  let next = 0
  try {
    for (let round = 1; round <= 2; round++) for (const until = tasks.length; next < until; ) tasks[next++]?.()
  } finally {
    tasks.splice(0, next)
    if (tasks.length > 0) later(endTurn)
  }
}
