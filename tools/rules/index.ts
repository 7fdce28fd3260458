import { checkDirection } from './direction.ts'
import { checkPurity } from './purity.ts'
import { type Problem, readPackages } from './workspace.ts'

/** What the linter can't see: the direction of dependencies, and what pure code must not use. */
export function checkRules(root: string): Problem[] {
  const packages = readPackages(root)
  return [...checkDirection(packages), ...checkPurity(packages)]
}
