import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['redis-server', 'valkey-server']
const places = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']

/** The server that tests start: `REDIS_SERVER_PATH`, or what is installed. */
export function findRedis(): string | undefined {
  const { REDIS_SERVER_PATH, PATH = '' } = process.env
  if (REDIS_SERVER_PATH) return REDIS_SERVER_PATH
  const folders = [...PATH.split(delimiter), ...places]
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
}

export const howToGetRedis =
  'The tests of the Redis log need Redis 7 or newer. Install it (Debian: apt-get install redis-server), set REDIS_SERVER_PATH to its executable, or REDIS_URL to a running one.'
