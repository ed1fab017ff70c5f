import { performance } from 'node:perf_hooks'

const samplePeriod = 100
const saturated = 0.95

/**
 * Whether this process has more to do than its processor can take on. Slow endpoints do not count: waiting for them
 * leaves the event loop idle.
 */
export class Pressure {
  #last = performance.eventLoopUtilization()
  #sampling: NodeJS.Timeout | undefined
  #utilization = 0

  start(): void {
    this.#sampling = setInterval(() => {
      const now = performance.eventLoopUtilization()
      this.#utilization = performance.eventLoopUtilization(now, this.#last).utilization
      this.#last = now
    }, samplePeriod)
  }

  stop(): void {
    clearInterval(this.#sampling)
  }

  get high(): boolean {
    return this.#utilization > saturated
  }
}
