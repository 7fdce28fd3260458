/** What can happen to the line between client and server, whatever the line is made of. */
export interface Wire {
  /** How many connections are open now. */
  readonly open: number
  /** How many connections were ever tried. */
  readonly tried: number
  /** Ends every connection in an orderly way. */
  cut(): void
  /** Breaks every connection off. */
  reset(): void
  /** Nothing passes any more, in neither direction, and nobody is told: half-open. */
  stall(): void
  /** What was stalled goes on; what had been sent meanwhile arrives now. */
  flow(): void
  /** Whether new connections are refused. */
  refuse(refusing: boolean): void
  /** Everything the server says arrives so much later. */
  delay(ms: number): void
  /** At most so many bytes per second from the server; 0 lifts it. */
  throttle(bytesPerSecond: number): void
  /** The line is cut as soon as so many more bytes came from the server, in the middle of a frame if need be. Resolves then. */
  cutAfter(bytes: number): Promise<void>
}
