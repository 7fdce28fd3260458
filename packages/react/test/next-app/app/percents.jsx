'use client'
import { useLive } from '@steadywire/react'
import { reduce, topic } from '../job.js'

export function Percents({ initial, cursor }) {
  const load = () => ({ state: [] })
  const { state, caughtUp } = useLive(topic, { initial, cursor, load, reduce })
  return <p data-live={caughtUp}>{state.map((percent) => `${percent} %`).join(', ')}</p>
}
