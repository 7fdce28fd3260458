import { testSupabase } from './suite.ts'

await testSupabase('changes')
