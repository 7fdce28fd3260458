// What a session runs in the tests of the page: prints in colour and writes files into a folder, until it finds `stop` there.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const [, , folder = '.'] = process.argv
const parts = ['core/emitter', 'core/sequencer', 'core/subscriber', 'server/gateway', 'server/memory-log']
for (let n = 0; !existsSync(join(folder, 'stop')); n++) {
  const part = parts[n % parts.length] ?? ''
  console.log(
    `\x1b[32m✓\x1b[39m packages/${part}.test.ts \x1b[2m>\x1b[22m delivers each event once \x1b[33m${n} ms\x1b[39m`,
  )
  if (n % 3 === 0) {
    mkdirSync(join(folder, part, '..'), { recursive: true })
    writeFileSync(join(folder, `${part}.js`), String(n))
  }
  await wait(60)
}
