import type { Behaviour } from './receiver.ts'

/** What a receiver does with a request: answers with this status after as many milliseconds; null: never answers. */
export interface Reaction {
  readonly status: number | null
  readonly after: number
}

/** Watches the requests to an endpoint that wants them one at a time and in sequence, and remembers what was wrong. */
export class Witness {
  readonly faults: string[] = []
  /** Sequences in the order in which they arrived, with repetitions. */
  readonly arrived: number[] = []
  readonly #react: (sequence: number, times: number) => Reaction
  readonly #times = new Map<number, number>()
  #highest = 0
  #open = 0

  /** @param react is told the sequence and how often it has come, this time included */
  constructor(react: (sequence: number, times: number) => Reaction = () => ({ status: 200, after: 0 })) {
    this.#react = react
  }

  /** Requests that are neither answered nor broken off. */
  get open(): number {
    return this.#open
  }

  get highest(): number {
    return this.#highest
  }

  times(sequence: number): number {
    return this.#times.get(sequence) ?? 0
  }

  readonly behaviour: Behaviour = (response, { headers }) => {
    const sequence = Number(headers['atlas-sequence'])
    if (sequence < this.#highest) this.faults.push(`${sequence} came after ${this.#highest}`)
    if (sequence > this.#highest + 1) this.faults.push(`${sequence} came after ${this.#highest} with a gap`)
    if (this.#open > 0) this.faults.push(`${sequence} came while another one was open`)
    this.#highest = Math.max(this.#highest, sequence)
    this.arrived.push(sequence)
    const times = this.times(sequence) + 1
    this.#times.set(sequence, times)
    this.#open++
    let ended = false
    const end = (): void => {
      if (!ended) this.#open--
      ended = true
    }
    response.once('close', end)
    const { status, after } = this.#react(sequence, times)
    if (status === null) return
    const answer = (): void => {
      // Before the answer leaves, since the next request may be here before this response says that it is closed.
      end()
      response.writeHead(status).end()
    }
    if (after === 0) answer()
    else setTimeout(answer, after)
  }
}
