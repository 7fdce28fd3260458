import { expectLikeMemoryLog } from '@steadywire/log-trials'
import { it } from 'vitest'
import { logForTest, postgresForTest } from './setup.ts'

it('does what the memory log does, by whichever of two instances', { timeout: 120_000 }, async () => {
  const server = await postgresForTest()
  await expectLikeMemoryLog((options) => logForTest(server, options), 100)
})
