import { testLog } from '../src/index.ts'
import { healthyLog } from '../src/saboteurs/healthy.ts'

testLog(healthyLog)
