import { setTimeout } from 'node:timers/promises'
import { startHelper } from './helper.ts'
import { busiestShare, median, percentile } from './statistics.ts'

const clients = 1000
const eventsPerSecond = 5
const downMs = 3000
const patienceMs = 60_000

/** What an outage did to a thousand clients, in the units of `reconnect.*`: medians over the rounds, and all that was lost. */
export interface Outage {
  readonly median: number
  readonly p95: number
  readonly herd: number
  readonly lost: number
}

/** A thousand clients, each on its own connection; the server is gone for 3 s, while events go on. */
export async function outage(serverFile: string, client: string, count: number): Promise<Outage> {
  const [server, crowd] = [startHelper(serverFile), startHelper('clients/subscribers.ts')]
  const port = await server.askOne('listen')
  await crowd.ask(client, port, clients)
  await server.ask('steady', eventsPerSecond)

  const rounds: { readonly median: number; readonly p95: number; readonly herd: number }[] = []
  for (let round = 0; round < count; round++) {
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
  const lost = await crowd.askOne('faults', last, patienceMs)
  await Promise.all([server.end(), crowd.end()])
  const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick))
  return { median: of((round) => round.median), p95: of((round) => round.p95), herd: of((round) => round.herd), lost }
}
