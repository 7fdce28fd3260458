import { type ErrorCode, isWireError, messageOf, type WireError, type WireErrorKind, wireError } from '@steadywire/core'

interface Meaning {
  readonly kind: WireErrorKind
  readonly code: ErrorCode
  readonly hint?: string
  /** The hint where PostgreSQL has none. */
  readonly otherwise?: string
}

const passing = (hint: string): Meaning => ({ kind: 'retry', code: 'unavailable', hint })
const wrong = (hint: string): Meaning => ({ kind: 'config', code: 'invalid_config', hint })
const refused = (code: ErrorCode): Meaning => ({ kind: 'refused', code })

const notInstalled = wrong(
  'Is the log installed? await installPostgresLog(…), or apply the migrations of @steadywire/sql.',
)
const wrongPassword = wrong('PostgreSQL does not accept the user or the password.')
const noRight: Meaning = {
  kind: 'config',
  code: 'invalid_config',
  otherwise: 'The role needs the rights that the README of @steadywire/log-postgres lists.',
}
const unfit: Meaning = {
  ...refused('invalid_draft'),
  hint: 'The table can not hold it: look at the types of its columns, and at its constraints.',
}

/** What PostgreSQL refuses with, by its SQLSTATE. Nothing was written then. */
const meanings: Readonly<Record<string, Meaning>> = {
  SW001: refused('sealed'),
  SW002: refused('invalid_draft'),
  SW003: refused('too_large'),
  '22001': unfit,
  '22003': unfit,
  '22P02': unfit,
  '22P05': unfit,
  '23502': unfit,
  '23503': unfit,
  '23505': unfit,
  '23514': unfit,
  '25006': passing('This server only follows another one. After a failover the address must lead to the new primary.'),
  '28000': wrong('PostgreSQL does not let this role in from here: look at the address, and at pg_hba.conf.'),
  '28P01': wrongPassword,
  '3D000': wrong('There is no such database.'),
  '3F000': notInstalled,
  '42501': noRight,
  '42883': notInstalled,
  '42P01': notInstalled,
  '40001': passing('Another transaction was faster; trying again helps.'),
  '40P01': passing('Another transaction was faster; trying again helps.'),
  '53100': passing('The disk of PostgreSQL is full.'),
  '53200': passing('PostgreSQL has no memory left.'),
  '53300': passing('PostgreSQL has no connection left: raise max_connections, or make pools smaller.'),
  '55P03': {
    kind: 'retry',
    code: 'deadline',
    hint: 'Another transaction appends to the topic and does not come to its end.',
  },
  '57014': {
    kind: 'retry',
    code: 'deadline',
    hint: 'PostgreSQL cancelled it: is statement_timeout too short, or the server overloaded?',
  },
  '57P01': passing('PostgreSQL is being shut down.'),
  '57P02': passing('PostgreSQL crashed, and comes back.'),
  '57P03': passing('PostgreSQL is starting.'),
  ERR_INVALID_URL: wrong('The address is no URL: are special characters of the password encoded, such as @ as %40?'),
}

const lost = passing('Is PostgreSQL running, and within reach? What was under way may have happened.')
const broken: Meaning = { kind: 'retry', code: 'log_failed', hint: 'The log needs PostgreSQL 15 or newer.' }

/** What a call of PostgreSQL rejected with, as what the log rejects with. */
export function toLogError(doing: string, thrown: unknown, topic?: string): WireError {
  if (isWireError(thrown)) return thrown
  const { kind, code, hint, otherwise } = meaningOf(thrown)
  const said = hint ?? textOf(thrown, 'hint') ?? otherwise
  return wireError(kind, code, `${doing}: ${messageOf(thrown)}`, {
    cause: thrown,
    ...(said !== undefined && { hint: said }),
    ...(topic !== undefined && { topic }),
  })
}

export function late(doing: string, ms: number, topic?: string): WireError {
  return wireError('retry', 'deadline', `${doing}: no answer within ${ms} ms`, {
    hint: 'PostgreSQL hangs, is overloaded, or its pool is used up: look at it, or raise callDeadlineMs. What was asked may still happen.',
    ...(topic !== undefined && { topic }),
  })
}

/** Whether a connection can't be used again after this: unless PostgreSQL itself refused something, it is not known how it stands. */
export function leavesBroken(thrown: unknown): boolean {
  return !/^(?!57P|08)[0-9A-Z]{5}$/.test(textOf(thrown, 'code') ?? '')
}

function meaningOf(thrown: unknown): Meaning {
  const state = textOf(thrown, 'code')
  // pg itself has no code for a password that is missing.
  if (/^SASL/.test(messageOf(thrown))) return wrongPassword
  if (state !== undefined && meanings[state]) return meanings[state]
  const isReply = textOf(thrown, 'severity') !== undefined
  return isReply && !state?.startsWith('08') ? broken : lost
}

function textOf(value: unknown, field: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined
  return typeof found === 'string' ? found : undefined
}
