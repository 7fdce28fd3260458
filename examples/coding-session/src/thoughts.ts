const everyMs = 1200

/** An agent thinks while its command runs: something flows also when the command is silent. */
export function thinkAloud(think: () => Promise<unknown>): { stop(): void } {
  // What the emitter says of a thought that could not be told, it says of the command's output, too.
  const ticking = setInterval(() => think().catch(() => {}), everyMs)
  return { stop: () => clearInterval(ticking) }
}
