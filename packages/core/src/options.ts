import { decodeCursor } from './cursors.ts'
import { SteadywireError } from './errors.ts'
import type { SubscriberOptions } from './subscriber.ts'
import type { SubscribeOptions } from './subscription.ts'
import type { TopicLike } from './topic.ts'
import type { AnyTransport } from './transport.ts'

const periods = ['staleMs', 'auditMs', 'callDeadlineMs', 'connectDeadlineMs', 'stableMs'] as const

/** @throws SteadywireError `invalid_option` */
export function checkSubscriberOptions(options: SubscriberOptions): void {
  const { transport } = options
  if (typeof transport?.connect !== 'function' || typeof transport.capabilities !== 'object')
    refuse('transport is missing', 'Pass one, such as sse({ url }).')
  const { delaysMs = [1], maxAttempts = 1 } = options.backoff ?? {}
  if (!Array.isArray(delaysMs) || delaysMs.length === 0 || !delaysMs.every((ms) => ms >= 0))
    refuse('backoff.delaysMs is not a list of milliseconds', 'Give at least one, such as [1000, 2000].')
  if (!(maxAttempts >= 0)) refuse(`backoff.maxAttempts is ${maxAttempts}`, 'Give 0 or more, or Infinity.')
  for (const name of periods) {
    const value = options[name] ?? 1
    if (!(value > 0)) refuse(`${name} is ${value}`, 'Give milliseconds, above 0.')
  }
}

/** @throws SteadywireError `invalid_option`, `invalid_cursor`, `invalid_type`, `not_supported` */
export function checkSubscribeOptions(topic: TopicLike, wishes: object, wire: AnyTransport): SubscribeOptions {
  const options = wishes as SubscribeOptions
  if (typeof options?.event !== 'function') refuse('event is not a function', 'Pass event(event) {}.')
  if (typeof options.gap !== 'function' && typeof options.load !== 'function')
    refuse('gap and load are both missing', 'Say what happens when events cannot be had: pass gap(gap) {} or load.')
  const { from = 'now', buffer, types } = options
  if (buffer !== undefined) checkNumber('buffer', buffer, 1, 10_000)
  if (typeof from === 'object') {
    if ('last' in from) checkNumber('from.last', from.last, 1, 10_000)
    else checkNumber('from.seq', from.seq, 0, Number.MAX_SAFE_INTEGER)
  } else if (from !== 'now' && from !== 'start') decodeCursor(from)
  const wrong = typeof topic === 'string' ? undefined : types?.find((type) => !Object.hasOwn(topic.schemas, type))
  if (wrong !== undefined && typeof topic !== 'string')
    throw new SteadywireError('invalid_type', `${topic.name} has no type ${wrong}`, {
      hint: `It has: ${Object.keys(topic.schemas).join(', ')}.`,
    })
  if (options.require === 'gapless' && !wire.capabilities.positions)
    throw new SteadywireError('not_supported', `${wire.name} cannot be gapless: its events have no positions`, {
      hint: "Use a transport with positions, or drop require: 'gapless'.",
    })
  return options
}

function checkNumber(name: string, value: unknown, least: number, most: number): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    refuse(`${name} is ${String(value)}`, `Give a whole number from ${least} to ${most}.`)
}

function refuse(message: string, hint: string): never {
  throw new SteadywireError('invalid_option', message, { hint })
}
