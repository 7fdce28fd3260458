import { type Appended, markOf, type Position, wireError } from '@steadywire/core'
import { encodeContent, type ParsedDraft, sealed } from '@steadywire/server'

/** A draft as the append script takes it: see `argumentsPerDraft`. */
export function argumentsOf({ draft, json }: ParsedDraft, scope: string): string[] {
  const { id, key, type, final } = draft
  return [
    // An id has no slash, and a key's length says where it ends: no two of them, in whatever scope, can be one field.
    fieldOf(`i${id}/${scope}`),
    key === undefined ? '' : fieldOf(`k${key.length}/${key}/${scope}`),
    markOf(id),
    final ? '1' : '',
    `{"id":"${id}","seq":`,
    `,"type":${JSON.stringify(type)},"time":`,
    encodeContent(draft, json),
  ]
}

/** Half of a character has no UTF-8: any two of them would be one there, and so would two keys. */
function fieldOf(name: string): string {
  return /\p{Surrogate}/u.test(name) ? `j${JSON.stringify(name)}` : name
}

/** What the append script answered. @throws WireError `sealed`, `protocol` */
export function parseAppended(topic: string, reply: unknown, drafts: readonly ParsedDraft[]): Appended[] {
  if (reply === 'sealed') throw sealed(topic)
  const [epoch, answers] = Array.isArray(reply) ? reply : []
  if (typeof epoch !== 'string' || !Array.isArray(answers) || answers.length !== drafts.length) throw notOurs()
  return drafts.map(({ draft }, index) => {
    const answer: unknown = answers[index]
    if (typeof answer === 'number') return { position: at(epoch, answer, markOf(draft.id)), duplicate: false }
    const [seq, mark = markOf(draft.id)] = String(answer).split(' ')
    return { position: at(epoch, Number(seq), mark), duplicate: true }
  })
}

function at(epoch: string, seq: number, mark: string): Position {
  if (!Number.isSafeInteger(seq)) throw notOurs()
  return { epoch, seq, mark }
}

function notOurs() {
  return wireError('retry', 'protocol', 'Redis answered an append with something else than positions', {
    hint: 'Do all servers run the same version of @steadywire/log-redis?',
  })
}
