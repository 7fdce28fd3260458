const beatsAllowed = 8

/** Notices a client of which nothing leaves any more, although too much waits: looked at with every heartbeat (D8). */
export class Stall {
  #beats = 0
  #before = 0

  lasts(bufferedBytes: number, limit: number): boolean {
    const stuck = bufferedBytes > limit && bufferedBytes >= this.#before
    this.#before = bufferedBytes
    this.#beats = stuck ? this.#beats + 1 : 0
    return this.#beats > beatsAllowed
  }
}
