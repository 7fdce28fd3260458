import { SteadywireError } from '@steadywire/core'

/** Where one topic is kept. Its keys share a hash tag, and so a slot of a cluster. */
export interface TopicKeys {
  readonly hash: string
  readonly stream: string
  /** Where its appends are published. */
  readonly channel: string
}

const validPrefix = /^[\w.:-]{1,64}$/

/** @throws SteadywireError `invalid_option` */
export function keysUnder(prefix: string): (topic: string) => TopicKeys {
  if (!validPrefix.test(prefix))
    throw new SteadywireError('invalid_option', `prefix of the Redis log is ${JSON.stringify(prefix)}`, {
      hint: 'Give 1 to 64 of A-Z a-z 0-9 _ . : -',
    })
  return (topic) => {
    // A brace inside would end the hash tag early.
    const tag = `${prefix}:{${topic.replaceAll('%', '%25').replaceAll('}', '%7D')}}`
    return { hash: `${tag}:topic`, stream: `${tag}:events`, channel: `${tag}:live` }
  }
}
