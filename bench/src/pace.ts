import { setImmediate, setTimeout } from 'node:timers/promises'

/** So many in every turn of the event loop, as fast as `publish` lets it. */
export async function inTurns(
  count: number,
  perTurn: number,
  publish: (index: number) => Promise<void>,
): Promise<void> {
  for (let index = 1; index <= count; ) {
    for (const end = Math.min(count, index + perTurn - 1); index <= end; index++) await publish(index)
    await setImmediate()
  }
}

/** So many per second, each when it is due. */
export async function perSecond(count: number, rate: number, publish: (index: number) => Promise<void>): Promise<void> {
  const started = performance.now()
  for (let index = 1; index <= count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - started) * rate) / 1000))
    for (; index <= due; index++) await publish(index)
    await setTimeout(1)
  }
}
