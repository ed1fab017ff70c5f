import { percentile } from './percentile.ts'

/** How a set of arrivals looks. Times in milliseconds. */
export interface ArrivalReport {
  readonly received: number
  readonly unique: number
  readonly firstAt: number
  readonly lastAt: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const biggestNumber = 2 ** 32

/** Every request that arrived since the last reset, in columns: millions of them must not cost the collector anything. */
export class Arrivals {
  #count = 0
  #at = new Float64Array(1 << 18)
  #latency = new Float64Array(1 << 18)
  #path = new Uint16Array(1 << 18)
  #number = new Uint32Array(1 << 18)

  get count(): number {
    return this.#count
  }

  add(at: number, latency: number, path: number, number: number): void {
    if (this.#count === this.#at.length) this.#grow()
    const i = this.#count++
    this.#at[i] = at
    this.#latency[i] = latency
    this.#path[i] = path
    this.#number[i] = number
  }

  clear(): void {
    this.#count = 0
  }

  /** What arrived in [from, until) at these paths (null: at any). Unique by path and number. */
  report(from: number, until: number, paths: ReadonlySet<number> | null): ArrivalReport {
    const latencies = new Float64Array(this.#count)
    const keys = new Float64Array(this.#count)
    let received = 0
    let firstAt = Number.POSITIVE_INFINITY
    let lastAt = 0
    for (let i = 0; i < this.#count; i++) {
      const at = this.#at[i] as number
      const path = this.#path[i] as number
      if (at < from || at >= until || (paths !== null && !paths.has(path))) continue
      latencies[received] = this.#latency[i] as number
      keys[received] = path * biggestNumber + (this.#number[i] as number)
      firstAt = Math.min(firstAt, at)
      lastAt = Math.max(lastAt, at)
      received++
    }
    const sorted = latencies.subarray(0, received).sort()
    const unique = countDistinct(keys.subarray(0, received).sort())
    const [p50, p99, max] = [0.5, 0.99, 1].map((part) => percentile(sorted, part) / 1000) as [number, number, number]
    return { received, unique, firstAt: received === 0 ? 0 : firstAt, lastAt, p50, p99, max }
  }

  #grow(): void {
    const length = this.#at.length * 2
    this.#at = extended(this.#at, new Float64Array(length))
    this.#latency = extended(this.#latency, new Float64Array(length))
    this.#path = extended(this.#path, new Uint16Array(length))
    this.#number = extended(this.#number, new Uint32Array(length))
  }
}

function extended<Column extends Float64Array | Uint32Array | Uint16Array>(old: Column, bigger: Column): Column {
  bigger.set(old)
  return bigger
}

function countDistinct(sorted: Float64Array): number {
  let distinct = 0
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++
  return distinct
}
