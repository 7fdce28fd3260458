import { randomId, systemRandom } from '@steadywire/core'
import { type Network, openNetwork } from '../network.ts'
import type { Options } from '../options.ts'
import { runSession } from '../session-run.ts'
import { createBook } from './book.ts'
import { builtPage } from './build-page.ts'
import { openSite, type Site } from './site.ts'
import { stageOf } from './stage.ts'

/** So many wires lead to a page: it can go over from one to the other. */
const wires = 2

/** Runs the session as without a page, and serves a page beside it, from which it can be run again; until Ctrl-C. */
export async function runWithPage(options: Options, signal: AbortSignal): Promise<number> {
  const site = await openSite(await builtPage(), options.port)
  try {
    const network = await openNetwork(options, { origins: site.origins, wires })
    try {
      return await runSessions(options, site, network, signal)
    } finally {
      await network.close()
    }
  } finally {
    site.close()
  }
}

async function runSessions(options: Options, site: Site, network: Network, signal: AbortSignal): Promise<number> {
  const { pageWires, servers } = network
  const book = createBook()
  // Pages of the host before may still be open: they tell by it that this is another log.
  const host = randomId().slice(-8)
  let wanted = options
  let code = 0
  let wake = (): void => {}
  let running = true
  site.control({
    stage: stageOf(
      host,
      options,
      pageWires.map(({ port }) => port),
      servers.project,
    ),
    status: (session, after) => ({ host, serverUp: network.up, ...book.tell(session, after) }),
    cut() {
      for (const wire of pageWires) wire.reset()
    },
    setServer: (up) => (up ? network.revive() : network.crash(systemRandom)),
    run(events) {
      if (running) return
      wanted = { ...options, events }
      running = true
      wake()
    },
  })
  signal.addEventListener('abort', () => wake())

  console.log(`\nThe session is on a page: ${site.url}\n`)
  while (!signal.aborted) {
    const sessionId = `${host}-${book.count + 1}`
    book.begin(sessionId, options.run ?? 'compile and test @steadywire/core')
    const placed = book.place.bind(undefined, sessionId)
    code = await runSession({ network, options: wanted, sessionId, placed, signal })
    book.end(sessionId)
    running = false
    if (signal.aborted) return code
    console.log(`The page stays at ${site.url} and can run the session again. Ctrl-C ends it.`)
    await new Promise<void>((resolve) => {
      wake = () => (running || signal.aborted) && resolve()
    })
  }
  return code
}
