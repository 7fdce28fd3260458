import { readFileSync } from 'node:fs'

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Whom PostgreSQL runs as, where that can't be this account, since it is root. */
export function accountOf(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const found = ['postgres', 'nobody'].flatMap((name) => accounts.find(([each]) => each === name) ?? [])
  const [, , uid, gid] = found
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) }
}
