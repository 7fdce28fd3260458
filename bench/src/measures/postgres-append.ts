import { startHelper } from '../helper.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { compare } from '../rounds.ts'

/** Appends per second by ten appenders, on one topic and over a thousand; against bare INSERTs of the same rows, one each. */
export const measure: Measure = async (quick) => {
  const server = startHelper('servers/postgres-appends.ts')
  const count = quick ? 500 : 2000
  const rounds = roundsFor(quick)
  const over = (topics: number) =>
    compare(
      rounds,
      () => server.askOne('insert', count, topics),
      () => server.askOne('append', count, topics),
    )
  return { 'postgres.append.hot': await over(1), 'postgres.append.topics': await over(1000) }
}
