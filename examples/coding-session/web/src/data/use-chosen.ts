import { useState } from 'react'
import { tab } from '../storage.ts'

const key = 'chosen'

/** The session that this tab chose, also after a reload. Undefined: the newest, whichever that is. */
export function useChosen(): [chosen: string | undefined, choose: (id: string | undefined) => void] {
  const [chosen, setChosen] = useState(() => tab.getItem(key) ?? undefined)
  return [
    chosen,
    (id) => {
      setChosen(id)
      if (id === undefined) tab.removeItem(key)
      else tab.setItem(key, id)
    },
  ]
}
