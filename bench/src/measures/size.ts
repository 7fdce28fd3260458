import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Measure } from '../measure.ts'
import { measured } from '../rounds.ts'

const core = "export { defineTopic, createSubscriber } from '@steadywire/core'"
/** What an app has that has Socket.IO: the adapter's measure is what it adds. */
const withSocketio = `${core}
export { Manager } from 'socket.io-client'
export { parseAppended, parseError, parseHeads, parsePage, readFrame } from '@steadywire/core/protocol'`
const socketio = `${withSocketio}\nexport { socketio } from '@steadywire/socketio'`
/** The same for an app that has supabase-js. */
const withSupabase = `${core}
export { createClient } from '@supabase/supabase-js'
export { parseAppended, parseHeads, parsePage, readFrame } from '@steadywire/core/protocol'`
const supabase = `${withSupabase}\nexport { supabase } from '@steadywire/supabase'`
/** The same for an app that has React, which is left out. */
const react = `${core}\nexport { coalesce, systemClock, SteadywireError, decodeCursor, compareCursors } from '@steadywire/core'`
const sse = `${core}\nexport { sse } from '@steadywire/sse'`

/** What an app loads that imports only these names: bundled from the sources. Exact, so once is enough. */
export const measure: Measure = async () => ({
  'size.core': measured(await kilobytes(core)),
  'size.sse': measured(await kilobytes(sse)),
  'size.adapter': measured((await kilobytes(socketio)) - (await kilobytes(withSocketio))),
  'size.adapter.supabase': measured((await kilobytes(supabase)) - (await kilobytes(withSupabase))),
  'size.react': measured((await kilobytes(`${react}\nexport * from '@steadywire/react'`)) - (await kilobytes(react))),
})

async function kilobytes(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'browser', target: 'es2023' },
    conditions: ['@steadywire/source'],
    external: ['react'],
    legalComments: 'none',
  })
  return outputFiles.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0) / 1000
}
