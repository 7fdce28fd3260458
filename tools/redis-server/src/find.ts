import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installByApt } from '../../apt.ts'

const names = ['redis-server', 'valkey-server']
const places = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']

/** The program that is started: `REDIS_SERVER_PATH` and nothing else, or what is installed. */
export function findRedis(): string | undefined {
  const { REDIS_SERVER_PATH, PATH = '' } = process.env
  if (REDIS_SERVER_PATH) return existsSync(REDIS_SERVER_PATH) ? REDIS_SERVER_PATH : undefined
  const folders = [...PATH.split(delimiter), ...places]
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
}

/** The same, and where there is none, Debian's is installed if that may be done; it says so. */
export function findOrInstallRedis(): string | undefined {
  const found = findRedis()
  if (found !== undefined || process.env.REDIS_SERVER_PATH) return found
  return installByApt('redis-server') ? findRedis() : undefined
}

/** One line for whoever needs it: `The tests`. */
export const howToGetRedis = (who: string): string =>
  `${who} needs Redis 7 or newer: install it (Debian: apt-get install redis-server), or set REDIS_SERVER_PATH to its program`
