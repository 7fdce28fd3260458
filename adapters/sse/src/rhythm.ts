import { type Clock, type WireError, wireError } from '@steadywire/core'

/** How long the stream's headers, and then its first frame, may take, ms. */
const openingMs = 3000
/** How much longer than a short request the headers may take, ms. */
const behindMs = 1000

function buffering(what: string): WireError {
  return wireError('retry', 'buffering_proxy', `${what}: something on the way seems to buffer the stream`, {
    hint: 'Turn buffering and compression off for this path: nginx: proxy_buffering off (X-Accel-Buffering: no is sent).',
  })
}

/**
 * Notices a proxy that keeps even the headers back: they do not come, and a short request, made to tell this from a slow
 * server, is answered before them. Answers how to stop.
 */
export function watchAnswer(clock: Clock, warn: (error: WireError) => void, ask: () => Promise<unknown>): () => void {
  let over = false
  const later = (ms: number, task: () => void) => {
    if (!over) cancel = clock.after(ms, task)
  }
  let cancel = clock.after(openingMs, () => {
    ask().then(
      () => later(behindMs, () => warn(buffering('The stream is not answered, though a short request after it was'))),
      () => {},
    )
  })
  return () => {
    over = true
    cancel()
  }
}

/**
 * Notices a proxy that keeps a response until enough of it came: the first frame does not follow the headers, or
 * heartbeats come late and several at once. A device that slept looks the same, so lateness counts only if a timer of
 * this device went off in time meanwhile.
 */
export function watchRhythm(clock: Clock, warn: (error: WireError) => void) {
  let late = false
  let cancel = clock.after(openingMs, () => tell(`The first frame did not come within ${openingMs} ms of the headers`))

  const tell = (what: string) => warn(buffering(what))

  return {
    /** So many heartbeats came in one chunk; none yet with the first frame, which tells the rhythm. */
    heard(beats: number, heartbeatMs: number): void {
      cancel()
      if (beats > 1 && late) tell(`${beats} heartbeats came late and at once`)
      late = false
      const due = clock.now() + heartbeatMs * 1.25
      cancel = clock.after(heartbeatMs * 1.25, () => {
        late = clock.now() - due < heartbeatMs / 4
      })
    },
    stop(): void {
      cancel()
    },
  }
}
