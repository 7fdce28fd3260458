import { testPostgresLog } from './suite.ts'

await testPostgresLog('postgres')
