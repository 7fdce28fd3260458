import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Message, receive, send } from './messages.ts'

/** Starts a file of this folder in a process of its own. Ctrl-C does not reach it: it ends with the main process. */
export function start(file: string, env = process.env): ChildProcess {
  const execArgv = ['--conditions=@steadywire/source']
  return fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv, detached: true, env })
}

export interface ServerProcess {
  readonly child: ChildProcess
  readonly port: number
}

/** Starts a server; resolves when it listens. */
export function startServer(redis: string | undefined, origins: readonly string[]): Promise<ServerProcess> {
  const child = start('./host-process.ts')
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`A server ended with code ${code}`)))
    receive(child, (message) => message.kind === 'listening' && resolve({ child, port: message.port }))
    send(child, { kind: 'serve', redis, origins: [...origins] })
  })
}

/** Tells a process something, and waits for its answer, or its end. */
export function ask<Kind extends Message['kind']>(
  child: ChildProcess,
  message: Message,
  answer: Kind,
): Promise<Extract<Message, { readonly kind: Kind }> | undefined> {
  return new Promise((resolve) => {
    const done = (told?: Extract<Message, { readonly kind: Kind }>) => {
      unlisten()
      child.off('exit', gone)
      resolve(told)
    }
    const gone = () => done()
    const unlisten = receive(child, (told) => {
      if (told.kind === answer) done(told as Extract<Message, { readonly kind: Kind }>)
    })
    child.once('exit', gone)
    send(child, message)
  })
}

/** Lets a process end by itself; resolves when it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  await ended
}
