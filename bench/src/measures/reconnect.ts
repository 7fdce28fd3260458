import { setTimeout } from 'node:timers/promises'
import { startHelper } from '../helper.ts'
import type { Measure } from '../measure.ts'
import { measured } from '../rounds.ts'
import { busiestShare, median, percentile } from '../statistics.ts'

const clients = 1000
const eventsPerSecond = 5
const downMs = 3000
const patienceMs = 60_000

/** A thousand subscribers, each on its own connection; the server is gone for 3 s, while events go on in its log. */
export const measure: Measure = async (quick) => {
  const [server, crowd] = [startHelper('servers/steadywire-sse.ts'), startHelper('clients/subscribers.ts')]
  const port = await server.askOne('listen')
  await server.ask('steady', eventsPerSecond)
  await crowd.ask('open', port, clients)

  const rounds: { readonly median: number; readonly p95: number; readonly herd: number }[] = []
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    await setTimeout(6000)
    await server.ask('down')
    await crowd.ask('watch')
    await setTimeout(downMs)
    const up = await server.askOne('again', port)
    const back = await crowd.ask('back', patienceMs)
    if (back.length < clients) throw new Error(`${clients - back.length} clients did not come back`)
    const seconds = back.map((time) => (time - up) / 1000)
    const herd = busiestShare(await server.ask('arrivals'), 100)
    rounds.push({ median: median(seconds), p95: percentile(seconds, 0.95), herd: herd * 100 })
  }
  const [last = 0] = await server.ask('rest')
  const of = (pick: (round: (typeof rounds)[number]) => number) => measured(median(rounds.map(pick)))
  return {
    'reconnect.median': of((round) => round.median),
    'reconnect.p95': of((round) => round.p95),
    'reconnect.herd': of((round) => round.herd),
    'reconnect.lost': measured(await crowd.askOne('faults', last, patienceMs)),
  }
}
