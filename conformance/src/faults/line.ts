import type { UnsequencedConnection, UnsequencedEvent, WireError } from '@steadywire/core'
import { deferred } from '../facts.ts'
import { createPassage, type Passage } from './passage.ts'

/** One connection, as the faults hold it. */
export interface Line<Sink> {
  readonly passage: Passage
  readonly sinks: Set<Sink>
  readonly closed: Promise<WireError>
  end(error: WireError): void
}

export function createLine<Sink>(
  lines: Set<Line<Sink>>,
  close: () => Promise<void>,
  passage = createPassage(),
): Line<Sink> {
  const closed = deferred<WireError>()
  const line: Line<Sink> = {
    passage,
    sinks: new Set(),
    closed: closed.promise,
    end(error) {
      lines.delete(line)
      closed.resolve(error)
      void close()
    },
  }
  lines.add(line)
  return line
}

/** The same faults for a wire without positions: what is said passes, is held, or is cut off. */
export function wrapUnsequenced(
  inner: UnsequencedConnection,
  { passage, closed }: Pick<Line<unknown>, 'passage' | 'closed'>,
  close: () => Promise<void>,
  change: (events: readonly UnsequencedEvent[]) => readonly UnsequencedEvent[],
): UnsequencedConnection {
  return {
    ...inner,
    closed,
    close,
    async attach(topic, sink, signal) {
      const say = (task: () => void): void => passage.run(() => !signal.aborted && task())
      await passage.pass()
      const answer = await inner.attach(
        topic,
        {
          events: (batch) => say(() => sink.events(change(batch))),
          missed: () => say(() => sink.missed()),
          lost: (error) => say(() => sink.lost(error)),
        },
        signal,
      )
      await passage.pass()
      return answer
    },
  }
}
