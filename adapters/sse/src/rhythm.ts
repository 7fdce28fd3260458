import { type Clock, type WireError, wireError } from '@steadywire/core'

/** How long the first frame may take after the response's headers came, ms. */
const openingMs = 3000

/**
 * Notices a proxy that keeps a response until enough of it came: the first frame does not follow the headers, or
 * heartbeats come late and several at once. A device that slept looks the same, so lateness counts only if a timer of
 * this device went off in time meanwhile.
 */
export function watchRhythm(clock: Clock, warn: (error: WireError) => void) {
  let late = false
  let cancel = clock.after(openingMs, () => tell(`The first frame did not come within ${openingMs} ms of the headers`))

  const tell = (what: string) =>
    warn(
      wireError('retry', 'buffering_proxy', `${what}: something on the way seems to buffer the stream`, {
        hint: 'Turn buffering and compression off for this path: nginx: proxy_buffering off (X-Accel-Buffering: no is sent).',
      }),
    )

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
