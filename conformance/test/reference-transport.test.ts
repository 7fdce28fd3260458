import { testTransport } from '../src/index.ts'
import { healthyTransport } from '../src/saboteurs/healthy.ts'

testTransport(healthyTransport)
