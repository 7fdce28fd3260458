import { type ErrorCode, type WireError, type WireErrorKind, wireError } from '@steadywire/core'

interface Refusal {
  readonly code?: string | null
  readonly message?: string
  readonly hint?: string | null
}

type Meaning = readonly [kind: WireErrorKind, code: ErrorCode, hint?: string]

const unfit: Meaning = [
  'refused',
  'invalid_draft',
  'The table can not hold it: look at the types of its columns, and at its constraints.',
]
const migrations = 'Apply the migrations of @steadywire/sql to the database: supabase db push.'

/** What PostgREST and the database refuse with, by their codes. */
const meanings: Readonly<Record<string, Meaning>> = {
  SW001: ['refused', 'sealed'],
  SW002: ['refused', 'invalid_draft'],
  SW003: ['refused', 'too_large'],
  '22001': unfit,
  '22003': unfit,
  '22P02': unfit,
  '22P05': unfit,
  '23502': unfit,
  '23503': unfit,
  '23505': unfit,
  '23514': unfit,
  '42501': [
    'refused',
    'forbidden',
    'Appending takes the secret (service role) key, on a backend; reading, that may_read of the database says yes.',
  ],
  '42883': ['config', 'invalid_config', migrations],
  '55P03': ['retry', 'deadline'],
  '57014': ['retry', 'deadline'],
  PT401: ['auth', 'unauthenticated'],
  PGRST202: ['config', 'invalid_config', migrations],
  PGRST301: ['auth', 'unauthenticated'],
  PGRST302: ['auth', 'unauthenticated'],
  PGRST303: ['auth', 'unauthenticated'],
}

/** An answer that is no success. `status` 0: there was none. */
export function restError(doing: string, status: number, refusal: Refusal, token: string | undefined): WireError {
  const [kind, code, own] = meanings[refusal.code ?? ''] ?? byStatus(status, token)
  const hint = own ?? refusal.hint ?? undefined
  return wireError(kind, code, `${doing}: ${refusal.message || `status ${status}`}`, {
    ...(hint !== undefined && { hint }),
    ...(kind === 'auth' && token !== undefined && { token }),
  })
}

function byStatus(status: number, token: string | undefined): Meaning {
  if (status === 401)
    return token === undefined
      ? ['refused', 'unauthenticated', 'Is the key that of this project?']
      : ['auth', 'unauthenticated']
  if (status === 403) return ['refused', 'forbidden']
  if (status === 404) return ['config', 'not_found', 'Is the address that of the project, without a path?']
  if (status === 429) return ['retry', 'rate_limited']
  return ['retry', 'unavailable']
}
