// Timers fire late, so a fast pace may catch up on this much; a slow one never notices.
const slack = 10

/** When an endpoint with a rate may get its next request (the generic cell rate algorithm). Times in milliseconds. */
export class Pace {
  /** The earliest time of the next request, if none ever came late. */
  #next: number

  constructor(notBefore = Number.NEGATIVE_INFINITY) {
    this.#next = notBefore
  }

  get notBefore(): number {
    return this.#next
  }

  /** How long the next request has to wait; 0: not at all. */
  wait(now: number, perSecond: number): number {
    // No pace makes a request wait for longer than this: it was another one, or the clock was set back.
    this.#next = Math.min(this.#next, now + 1_000 / perSecond + slack)
    return Math.max(0, this.#next - slack - now)
  }

  /** A request is made. */
  take(now: number, perSecond: number): void {
    this.#next = Math.max(this.#next, now) + 1_000 / perSecond
  }
}
