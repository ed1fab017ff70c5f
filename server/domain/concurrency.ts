/**
 * How many requests an endpoint gets at once: additive increase, multiplicative decrease, as congestion control of TCP
 * (RFC 5681). A whole window of successes makes room for one more; a failure halves the window, once for everything that
 * was in flight when it was halved.
 */
export class Concurrency {
  #limit = Number.POSITIVE_INFINITY
  #started = 0
  /** Attempts up to this one were started before the window was halved last. */
  #halvedFor = 0

  /** Requests that may be in flight at the same time, of at most `most`. At least 1. */
  limit(most: number): number {
    return Math.max(1, Math.floor(Math.min(this.#limit, most)))
  }

  /** An attempt starts; gives its number, for `ended`. */
  start(): number {
    return ++this.#started
  }

  ended(attempt: number, succeeded: boolean, most: number): void {
    const limit = Math.min(this.#limit, most)
    if (succeeded) this.#limit = Math.min(most, limit + 1 / limit)
    else if (attempt > this.#halvedFor) {
      this.#limit = Math.max(1, limit / 2)
      this.#halvedFor = this.#started
    }
  }
}
