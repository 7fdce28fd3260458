// `npm test`: everything that must hold, without a build. `npm test -- PATTERN` runs the tests whose path has PATTERN.
import { runSteps } from './run-steps.ts'
import { coreTypes, nativeTypes, proofs, rules, tests, types } from './steps.ts'

const args = process.argv.slice(2)
process.exitCode = await runSteps(args.length > 0 ? [tests] : [types, nativeTypes, coreTypes, rules, ...proofs], args)
