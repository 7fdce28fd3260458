import { EventEmitter } from 'eventemitter3'
import { type Measure, roundsFor } from '../measure.ts'
import { counter } from '../pipeline.ts'
import { compare } from '../rounds.ts'

interface Dispatcher {
  add(listener: (value: number) => void): () => void
  tell(value: number): readonly unknown[]
}

const tells = 200_000
const listeners = Array.from({ length: 10 }, (_, index) => (value: number) => {
  counter.seen += value + index
})

/** What the core dispatches with is its own business, and no export of it: it is taken from its file. */
const file = new URL('../../../packages/core/src/listeners.ts', import.meta.url)
const { createListeners }: { readonly createListeners: () => Dispatcher } = await import(file.href)

export const measure: Measure = async (quick) => ({ 'dispatch.10': await compare(roundsFor(quick), theirs, ours) })

function ours(): number {
  const dispatcher = createListeners()
  for (const listener of listeners) dispatcher.add(listener)
  return timed((value) => dispatcher.tell(value))
}

/** Its `emit` lets one listener that throws starve the rest, so each is isolated on its own. */
function theirs(): number {
  const emitter = new EventEmitter<{ told: [number] }>()
  const thrown: unknown[] = []
  for (const listener of listeners)
    emitter.on('told', (value) => {
      try {
        listener(value)
      } catch (error) {
        thrown.push(error)
      }
    })
  return timed((value) => emitter.emit('told', value))
}

function timed(tell: (value: number) => unknown): number {
  const started = performance.now()
  for (let value = 0; value < tells; value++) tell(value)
  return ((performance.now() - started) * 1e6) / tells
}
