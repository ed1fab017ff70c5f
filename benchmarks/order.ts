/** What an endpoint that gets one event at a time, in the order of its sequences, has seen. */
export interface OrderReport {
  /** Requests with the next sequence; the first one is 1. */
  readonly inOrder: number
  /** Requests with the sequence of the one before, which a server may send again when it does not know better. */
  readonly repeated: number
  readonly outOfOrder: number
  /** Requests that came while another one was not answered yet. */
  readonly atOnce: number
}

/** Watches the requests of one endpoint. */
export class Order {
  #last = 0
  #unanswered = 0
  #inOrder = 0
  #repeated = 0
  #outOfOrder = 0
  #atOnce = 0

  arrived(sequence: number): void {
    if (sequence === this.#last + 1) this.#inOrder++
    else if (sequence === this.#last) this.#repeated++
    else this.#outOfOrder++
    this.#last = sequence
    if (this.#unanswered > 0) this.#atOnce++
    this.#unanswered++
  }

  answered(): void {
    this.#unanswered--
  }

  report(): OrderReport {
    return {
      inOrder: this.#inOrder,
      repeated: this.#repeated,
      outOfOrder: this.#outOfOrder,
      atOnce: this.#atOnce,
    }
  }
}
