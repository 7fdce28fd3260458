import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { databaseForFile } from './aids.ts'

const database = await databaseForFile()

it('[C7] a program that has closed everything ends by itself', async () => {
  const { url, secretKey, publishableKey, token } = await database.endpoint()
  const program = `
    import { createEmitter, createSubscriber } from '@steadywire/core'
    import { supabase } from '@steadywire/supabase'
    const emitter = createEmitter({ to: supabase({ url: '${url}', key: '${secretKey}' }) })
    const subscriber = createSubscriber({
      transport: supabase({ url: '${url}', key: '${publishableKey}' }),
      identity: { token: '${token({ sub: 'ann' })}' },
    })
    for await (const event of subscriber.stream('exit:1', { from: 'start', gaps: 'throw' })) {
      console.log(event.seq)
      break
    }
    await emitter.close()
    await subscriber.close()
    console.log('closed', performance.now())
    process.on('exit', () => console.log('ended', performance.now()))`
  await database.sql(`select steadywire.append('exit:1', 'note', '{}')`)
  const child = spawn(process.execPath, ['--conditions=@steadywire/source', '--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  expect(await once(child, 'exit')).toEqual([0, null])
  const [, closed, ended] = /^1\nclosed (\S+)\nended (\S+)\n$/.exec(said) ?? []
  // supabase-js waits ten seconds for some of its timers: none of those was started.
  expect(Number(ended) - Number(closed)).toBeLessThan(2000)
})
