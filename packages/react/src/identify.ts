const ids = new WeakMap<object, number>()
let drawn = 0

/** A number of its own for each object: what can't be told apart by text is told apart by it. */
export function idOf(object: object): number {
  const id = ids.get(object) ?? ++drawn
  ids.set(object, id)
  return id
}
