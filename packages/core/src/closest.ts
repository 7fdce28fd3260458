/** The name that was probably meant, or undefined if none is near. */
export function closest(wrong: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let fewest = Math.max(2, Math.floor(wrong.length / 3)) + 1
  for (const name of names) {
    const edits = distance(wrong.toLowerCase(), name.toLowerCase())
    if (edits < fewest) [best, fewest] = [name, edits]
  }
  return best
}

/** `Known: a, b, c. Did you mean 'b'?` */
export function suggestion(wrong: string, names: readonly string[]): string {
  const meant = closest(wrong, names)
  return `Known: ${names.join(', ') || 'none'}.${meant === undefined ? '' : ` Did you mean '${meant}'?`}`
}

/** Insertions, deletions and replacements from one to the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, char] of [...from].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= to.length; j++)
      next[j] = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (char === to[j - 1] ? 0 : 1))
    row = next
  }
  return at(row, to.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0
}
