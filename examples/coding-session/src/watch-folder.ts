import { existsSync, watch } from 'node:fs'
import { join, sep } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export interface FileChange {
  readonly path: string
  readonly action: 'write' | 'delete'
}

const ignored = /(^|\/)(node_modules|\.git|\.turbo|\.cache)(\/|$)|~$|\.sw[px]$/
const quietMs = 50

/** Tells each changed file once it was quiet for a moment. `close` waits for what is still under way. */
export function watchFolder(folder: string, changed: (change: FileChange) => void): { close(): Promise<void> } {
  const pending = new Map<string, NodeJS.Timeout>()
  const tell = (path: string) => {
    pending.delete(path)
    changed({ path, action: existsSync(join(folder, path)) ? 'write' : 'delete' })
  }
  const watcher = watch(folder, { recursive: true }, (_, name) => {
    const path = name?.split(sep).join('/')
    if (path === undefined || ignored.test(path)) return
    clearTimeout(pending.get(path))
    pending.set(path, setTimeout(tell, quietMs, path))
  })
  // A folder that is removed while it is watched ends the watching, not the session.
  watcher.on('error', () => watcher.close())
  return {
    async close() {
      await wait(2 * quietMs)
      watcher.close()
      while (pending.size > 0) await wait(quietMs)
    },
  }
}
