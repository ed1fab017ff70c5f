export interface Timer {
  cancel(): void
}

/**
 * Time as the pipeline knows it: an argument, so that tests can move 48 hours in a moment. It says when something is due.
 * It may stand still, so work that is under way never waits for it: a pause, such as before the next try, is a sleep.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs the callback once, when this many milliseconds have passed. */
  after(milliseconds: number, callback: () => void): Timer
}

// A longer delay would overflow the timer and fire at once.
const longestDelay = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, milliseconds), longestDelay))
    return { cancel: () => clearTimeout(timer) }
  },
}
