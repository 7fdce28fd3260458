import { toWireError, type WireError, type WireEvent, wireError } from '@steadywire/core'
import { parseFrame } from '@steadywire/core/protocol'
import { noteText } from './event-text.ts'

/**
 * For logs that keep events as text: a line each (JSON has no line breaks), as values. What is no JSON is `undefined`.
 * One by one: to join them takes more than it saves.
 */
export function parseLines(lines: readonly string[]): unknown[] {
  return lines.map(parseLine)
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Notes the lines of those values that proved to be events: they are sent on as they were stored. */
export function noteLines(events: readonly WireEvent[], values: readonly unknown[], lines: readonly string[]): void {
  let at = 0
  for (const event of events) {
    at = values.indexOf(event, at)
    noteText(event, lines[at] ?? '')
  }
}

/**
 * The events of what a log tells its tails by its database: a frame as PROTOCOL.md has it, in which each event stands in a line of its own,
 * and so do the commas between them. None, if anything about it is not as it should be: then the tail is woken, and reads.
 */
export function eventsOfFrame(frame: string, topic: string, report: (error: WireError) => void): readonly WireEvent[] {
  try {
    const parsed = parseFrame(frame, report)
    if (parsed.kind !== 'items' || parsed.topic !== topic) throw foreign(topic)
    const events = parsed.items.filter((item): item is WireEvent => !('skip' in item))
    const lines = frame.split('\n').filter((_, line) => line % 2 === 1)
    if (events.length !== lines.length) return []
    noteLines(events, events, lines)
    return events
  } catch (thrown) {
    report(toWireError(thrown, 'protocol'))
    return []
  }
}

function foreign(topic: string): WireError {
  return wireError('retry', 'protocol', `Something else than events was told of ${topic}`, {
    topic,
    hint: 'Does another program use the same channels?',
  })
}
