import type { Options } from './options.ts'

/** Somebody is at a terminal; what runs in CI may have one, too, but nobody at it. */
export function isAttended(): boolean {
  return Boolean(process.stdin.isTTY && process.stdout.isTTY && !process.env.CI)
}

/** Who is at a terminal gets a page, whose host stays until Ctrl-C; a script gets plain lines, and an end. */
export function forPlace(options: Options, attended: boolean): Options {
  if (options.page || options.headless) return options
  // No browser reaches the memory of a process.
  return { ...options, headless: !attended, page: attended && options.transport !== 'memory' }
}
