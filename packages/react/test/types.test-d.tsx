import { useEvents, useLatest, useLive, useOnEvent, useSignals } from '@steadywire/react'
import { topic } from './family.ts'

export function Typed() {
  const all = useEvents(topic).events[0]
  if (all?.type === 'job.progress') all.data.percent satisfies number
  // @ts-expect-error only known once the type is
  all?.data.percent

  const [one] = useEvents(topic, { types: ['job.log'] }).events
  one?.data.line satisfies string | undefined
  // @ts-expect-error no such type
  useEvents(topic, { types: ['job.logs'] })

  useLatest(topic, { types: ['job.progress'] })?.data.percent satisfies number | undefined
  useLatest('job:7')?.data satisfies unknown

  useOnEvent(topic, ({ data }) => data.line satisfies string, { types: ['job.log'] })
  useSignals(topic, {
    types: ['job.progress'],
    refresh: ([change]) => change?.event.data.percent satisfies number | undefined,
    refreshAll: () => {},
  })
  // @ts-expect-error what nobody can say has to be refreshed, too
  useSignals(topic, { refresh: () => {} })

  const { state } = useLive(topic, {
    load: async () => ({ state: 0 }),
    types: ['job.progress'],
    reduce: (sum, { data }) => sum + data.percent,
  })
  state satisfies number | undefined
  // @ts-expect-error after a gap the state has to be loaded
  useLive(topic, { initial: 0, cursor: '', reduce: (sum: number) => sum })
}
