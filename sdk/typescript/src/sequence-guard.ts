/**
 * What a sequence number says about its delivery.
 * - `next`: the one that was to come.
 * - `ahead`: some are missing before it.
 * - `late`: it was missing until now.
 * - `repeat`: it was here before.
 * - `unknown`: from before the guard's time, so it may be either of the last two.
 * - `test`: 0, which is outside the numbering.
 */
export type SequenceVerdict = 'next' | 'ahead' | 'late' | 'repeat' | 'unknown' | 'test'

/** Numbers that are missing, both ends included. */
export type SequenceGap = readonly [from: number, to: number]

/** All that a guard knows, as JSON: the same in every language. */
export interface SequenceState {
  /** The highest number so far. */
  readonly highest: number
  /** Up to this one the guard knows nothing. */
  readonly unknown: number
  /** The oldest first. */
  readonly gaps: readonly SequenceGap[]
}

// Far more than deliveries that can be on their way at once; at 16 bytes each this is nothing.
const mostGaps = 1_000

/**
 * Tells which deliveries of one endpoint are missing, late or here again, by their `sequence`. It remembers gaps, not
 * numbers; of more than 1,000 gaps it gives up the oldest.
 */
export class SequenceGuard {
  #highest: number
  #unknown: number
  #gaps: SequenceGap[]

  /** For a new endpoint, whose first delivery has the number 1; or with the state of another guard. */
  constructor(state: SequenceState = { highest: 0, unknown: 0, gaps: [] }) {
    this.#highest = state.highest
    this.#unknown = state.unknown
    this.#gaps = state.gaps.map(([from, to]) => [from, to])
    let least = this.#unknown + 1
    const isSound = this.#gaps.every(([from, to]) => {
      const follows = isNumber(from) && isNumber(to) && from >= least && to >= from && to < this.#highest
      least = to + 2
      return follows
    })
    if (!isSound || !isNumber(this.#highest) || !isNumber(this.#unknown) || this.#unknown > this.#highest) {
      throw new RangeError('this is not the state of a SequenceGuard')
    }
  }

  /** For an endpoint whose deliveries up to this number came before there was a guard. */
  static after(sequence: number): SequenceGuard {
    return new SequenceGuard({ highest: sequence, unknown: sequence, gaps: [] })
  }

  /** What recording the number would say. */
  judge(sequence: number): SequenceVerdict {
    if (!isNumber(sequence)) throw new RangeError(`a sequence is a whole number from 0 on, not ${sequence}`)
    if (sequence === 0) return 'test'
    if (sequence <= this.#unknown) return 'unknown'
    if (sequence > this.#highest) return sequence === this.#highest + 1 ? 'next' : 'ahead'
    return this.#gapAt(sequence) === -1 ? 'repeat' : 'late'
  }

  /** Takes note of a delivery, best once it has been handled: one whose handling failed comes again. */
  record(sequence: number): SequenceVerdict {
    const verdict = this.judge(sequence)
    if (verdict === 'late') this.#fill(sequence)
    if (verdict === 'ahead') this.#gaps.push([this.#highest + 1, sequence - 1])
    if (verdict === 'ahead' || verdict === 'next') this.#highest = sequence
    if (this.#gaps.length > mostGaps) this.#unknown = this.#gaps.shift()?.[1] ?? this.#unknown
    return verdict
  }

  /** What is missing, the oldest first. What stays missing still waits to be delivered, or is a dead letter. */
  get gaps(): readonly SequenceGap[] {
    return [...this.#gaps]
  }

  /** For JSON.stringify: what the constructor takes. */
  toJSON(): SequenceState {
    return { highest: this.#highest, unknown: this.#unknown, gaps: this.gaps }
  }

  #fill(sequence: number): void {
    const index = this.#gapAt(sequence)
    const [from, to] = this.#gaps[index] as SequenceGap
    const left: SequenceGap[] = []
    if (from < sequence) left.push([from, sequence - 1])
    if (sequence < to) left.push([sequence + 1, to])
    this.#gaps.splice(index, 1, ...left)
  }

  /** Where the gap is that holds the number; -1: in none. */
  #gapAt(sequence: number): number {
    let [low, high] = [0, this.#gaps.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const [from, to] = this.#gaps[middle] as SequenceGap
      if (sequence < from) high = middle - 1
      else if (sequence > to) low = middle + 1
      else return middle
    }
    return -1
  }
}

function isNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
