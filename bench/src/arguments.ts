export interface Asked {
  readonly keys: readonly string[]
  readonly quick: boolean
}

/** Reads `[KEY…] [--quick]`; a key may be the beginning of several. Throws with one line to show. */
export function parseArguments(args: readonly string[], known: readonly string[]): Asked {
  const unknownOption = args.find((arg) => arg.startsWith('-') && arg !== '--quick')
  if (unknownOption !== undefined) throw new Error(`Unknown option ${unknownOption}. The only one is --quick.`)
  const prefixes = args.filter((arg) => !arg.startsWith('-'))
  const stranger = prefixes.find((prefix) => !known.some((key) => key.startsWith(prefix)))
  if (stranger !== undefined) throw new Error(`No key begins with "${stranger}". Known: ${known.join(', ')}.`)
  const keys = known.filter((key) => prefixes.length === 0 || prefixes.some((prefix) => key.startsWith(prefix)))
  return { keys, quick: args.includes('--quick') }
}
