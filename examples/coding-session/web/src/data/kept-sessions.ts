import type { Store } from '../storage.ts'

/** So many sessions fit beside each other: a storage has room for five million characters, a session needs about one. */
const mostKept = 3

const ofSession = /\/session\/(.*)-(\d+)$/

/** Forgets what a tab kept of the sessions of an earlier host, which are no more, and of all but the newest; not of the shown one. */
export function forgetOldSessions(store: Store, host: string, shown: string): void {
  const kept = store.keys().flatMap((key) => {
    const [, of, number] = ofSession.exec(key) ?? []
    return of === undefined ? [] : [{ key, of, number: Number(number) }]
  })
  const own = kept.filter(({ of }) => of === host).sort((a, b) => b.number - a.number)
  const others = own.filter(({ of, number }) => `${of}-${number}` !== shown)
  const stay = new Set([...own.filter((one) => !others.includes(one)), ...others.slice(0, mostKept - 1)])
  for (const one of kept) if (!stay.has(one)) store.removeItem(one.key)
}

/** Forgets them all. */
export function forgetSessions(store: Store): void {
  for (const key of store.keys()) if (ofSession.test(key)) store.removeItem(key)
}
