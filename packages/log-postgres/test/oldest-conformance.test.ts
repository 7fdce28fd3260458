import { findDebianPrograms } from '@steadywire/postgres-server'
import { testPostgresLog } from './suite.ts'

// 15 is promised, and the npm package is years newer. Of what is installed the oldest is as near as this machine comes.
const programs = findDebianPrograms('oldest')
if (programs === undefined) throw new Error('There is no PostgreSQL of Debian: npm test says how to get one')
await testPostgresLog(`postgres ${programs.version}`, { programs: programs.bin })
