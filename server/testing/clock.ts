import type { Clock, Timer } from '../pipeline/clock.ts'

interface Waiting {
  readonly due: number
  readonly callback: () => void
}

/** A clock that stands still until a test moves it. */
export class SettableClock implements Clock {
  #now: number
  readonly #timers = new Set<Waiting>()

  /** @param now milliseconds since 1970; by default what the machine says, since partitions are made for these days */
  constructor(now = Date.now()) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(milliseconds: number, callback: () => void): Timer {
    const timer = { due: this.#now + Math.max(0, milliseconds), callback }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Moves on, firing what is due in the order of its time. What a callback sets for the same span fires as well. */
  advance(milliseconds: number): void {
    const target = this.#now + milliseconds
    for (;;) {
      const next = this.#first(target)
      if (!next) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.due)
      next.callback()
    }
    this.#now = target
  }

  /** Moves to a time, as `advance` does; a time in the past changes nothing. */
  advanceTo(time: number): void {
    this.advance(Math.max(0, time - this.#now))
  }

  #first(until: number): Waiting | null {
    let first: Waiting | null = null
    for (const timer of this.#timers) {
      if (timer.due <= until && (first === null || timer.due < first.due)) first = timer
    }
    return first
  }
}
