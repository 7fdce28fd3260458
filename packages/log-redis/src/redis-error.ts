import { isWireError, messageOf, type WireError, type WireErrorKind, wireError } from '@steadywire/core'

interface Meaning {
  readonly kind: WireErrorKind
  readonly code: WireError['code']
  readonly hint: string
}

const passing = (hint: string): Meaning => ({ kind: 'retry', code: 'unavailable', hint })
const wrong = (hint: string): Meaning => ({ kind: 'config', code: 'invalid_config', hint })

/** What Redis refuses with, by the first word of its error. Nothing was written then. */
const meanings: Readonly<Record<string, Meaning>> = {
  OOM: passing('Redis has no memory left: raise maxmemory, or keep less (retention, keyWindowMs, forgetIdleMs).'),
  READONLY: passing('This Redis is a replica. After a failover the address must lead to the new leader.'),
  LOADING: passing('Redis is reading its data after a start; it takes commands soon.'),
  MASTERDOWN: passing('This replica has lost its leader.'),
  CLUSTERDOWN: passing('The cluster has no leader for this slot at the moment.'),
  TRYAGAIN: passing('The slot is being moved to another node.'),
  ASK: passing('The slot is being moved to another node.'),
  MOVED: passing('Another node of the cluster has this slot: give the log a `Cluster` of ioredis, which follows.'),
  MISCONF: passing('Redis can not write its file and refuses to go on: look at its disk and its log.'),
  NOREPLICAS: passing('Redis is told to have more replicas than follow it now (min-replicas-to-write).'),
  BUSY: passing('A script of somebody else has been running for long.'),
  NOAUTH: wrong('Redis wants a password: put it into the address or the options.'),
  WRONGPASS: wrong('Redis does not accept the user or the password.'),
  NOPERM: wrong('The Redis user has too few rights: the README of @steadywire/log-redis lists them.'),
  WRONGTYPE: wrong('Another program uses the same keys: choose another prefix.'),
}

const lost: Meaning = passing('Is Redis running, and within reach? What was under way may have happened.')
const late: Meaning = {
  kind: 'retry',
  code: 'deadline',
  hint: 'Redis hangs or is overloaded: look at it, or raise callDeadlineMs. What was asked may still happen.',
}
const broken: Meaning = { kind: 'retry', code: 'log_failed', hint: 'The log needs Redis 7 or newer.' }

/** What a call of Redis rejected with, as what the log rejects with. `failure`: why there is no connection, if known. */
export function toLogError(doing: string, thrown: unknown, failure: Error | undefined, topic?: string): WireError {
  if (isWireError(thrown)) return thrown
  const refusal = refusalIn(thrown)
  const cause = refusal === undefined ? (failure ?? thrown) : thrown
  const message = refusal ?? (flushed.test(messageOf(cause)) ? 'the connection was lost' : messageOf(cause))
  const { kind, code, hint } =
    refusal !== undefined ? (meanings[firstWord(message)] ?? broken) : tooLate.test(message) ? late : lost
  return wireError(kind, code, `${doing}: ${message}`, { hint, cause, ...(topic !== undefined && { topic }) })
}

/** What a server said, also if a cluster was asked again until it was enough. */
function refusalIn(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  if (thrown.name === 'ReplyError') return thrown.message
  return /^Too many Cluster redirections\. Last error: ReplyError: (?!MOVED|ASK)(.*)/.exec(thrown.message)?.[1]
}

const firstWord = (message: string) => message.split(' ', 1)[0] ?? ''
/** How ioredis says that a connection ended before its calls were answered. */
const flushed = /max retries per request|Connection is closed/
/** How ioredis says that a command, a connection or a connecting took too long. */
const tooLate = /^Command timed out|^Socket timeout|ETIMEDOUT/
