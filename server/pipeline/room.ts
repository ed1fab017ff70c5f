/**
 * The memory that waiting deliveries may take, shared between endpoints by dynamic thresholds: a queue may hold as much
 * as half of what is still free. One busy endpoint gets a third of everything, many get less each, and some room always
 * stays for an endpoint that has had none so far.
 */
export class Room {
  readonly #capacity: number
  #used = 0

  /** @param capacity in bytes */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get used(): number {
    return this.#used
  }

  /** Whether a queue that holds this many bytes may take more. */
  admits(held: number): boolean {
    return held < (this.#capacity - this.#used) / 2
  }

  take(bytes: number): void {
    this.#used += bytes
  }

  giveBack(bytes: number): void {
    this.#used -= bytes
  }
}
