/** What all processes of the chaos run know. */
export const topicOf = (index: number): string => `chaos:${index}`

/** More than anybody misses while something is broken; and a bound, so that memory can be flat. */
export const retention = { maxEvents: 2000 }

export const gapReasons = ['trimmed', 'epoch', 'rewound', 'unknown'] as const
