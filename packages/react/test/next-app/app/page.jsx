import { encodeCursor, positionOf } from '@steadywire/core'
import { connection } from 'next/server'
import { reduce, topic } from '../job.js'
import { log } from '../server.js'
import { Percents } from './percents.jsx'

export default async function Page() {
  await connection()
  const { events } = await log.read(topic, { last: true, limit: 100 })
  const last = events.at(-1)
  return <Percents initial={events.reduce(reduce, [])} cursor={last && encodeCursor(positionOf(last))} />
}
