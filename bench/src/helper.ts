import type { ChildProcess } from 'node:child_process'
import * as z from 'zod'
import { endWithParent, forked } from './process.ts'

/** What a helper process can be asked: numbers in, numbers out. */
export type Commands = Readonly<
  Record<string, (...numbers: number[]) => readonly number[] | Promise<readonly number[]>>
>

const question = z.object({ id: z.number(), command: z.string(), numbers: z.array(z.number()) })
const answer = z.object({ id: z.number(), numbers: z.array(z.number()).optional(), error: z.string().optional() })

export interface Helper {
  ask(command: string, ...numbers: number[]): Promise<readonly number[]>
  /** The first number of the answer. */
  askOne(command: string, ...numbers: number[]): Promise<number>
  end(): Promise<void>
  /** What it was asked and did not answer rejects when it is gone. */
  kill(signal: NodeJS.Signals): void
}

/** In the measure: starts a helper, such as `servers/raw-sse.ts`. */
export function startHelper(file: string): Helper {
  const child = forked(file)
  const waiting = new Map<number, PromiseWithResolvers<readonly number[]>>()
  let asked = 0
  child.on('message', (message) => {
    const { id, numbers, error } = answer.parse(message)
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) waiter?.resolve(numbers ?? [])
    else waiter?.reject(new Error(`${file}: ${error}`))
  })
  let ended = false
  child.once('exit', () => {
    ended = true
    for (const waiter of waiting.values()) waiter.reject(new Error(`${file} ended`))
  })
  const ask = (command: string, ...numbers: number[]) => {
    if (ended) return Promise.reject(new Error(`${file} ended`))
    const waiter = Promise.withResolvers<readonly number[]>()
    waiting.set(++asked, waiter)
    child.send({ id: asked, command, numbers })
    return waiter.promise
  }
  return {
    ask,
    askOne: async (command, ...numbers) => (await ask(command, ...numbers))[0] ?? Number.NaN,
    end: () => endOf(child),
    kill: (signal) => void child.kill(signal),
  }
}

/** In the helper: answers what is asked, and ends with who asks. */
export function answerCommands(commands: Commands): void {
  endWithParent()
  process.on('message', async (message) => {
    const { id, command, numbers } = question.parse(message)
    try {
      const run = commands[command]
      if (!run) throw new Error(`cannot ${command}`)
      process.send?.({ id, numbers: await run(...numbers) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.disconnect()
  })
}
