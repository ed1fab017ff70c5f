import { performance } from 'node:perf_hooks'
import type { Clock, Timer } from './clock.ts'

const samplePeriod = 100
const saturated = 0.95

/**
 * Whether this process has more to do than its processor can take on. Slow endpoints do not count: waiting for them
 * leaves the event loop idle.
 */
export class Pressure {
  readonly #clock: Clock
  #last = performance.eventLoopUtilization()
  #timer: Timer | null = null
  #utilization = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  start(): void {
    this.#timer = this.#clock.after(samplePeriod, () => {
      const now = performance.eventLoopUtilization()
      this.#utilization = performance.eventLoopUtilization(now, this.#last).utilization
      this.#last = now
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  get high(): boolean {
    return this.#utilization > saturated
  }
}
