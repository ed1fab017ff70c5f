interface Bucket {
  tokens: number
  at: number
}

/** Buckets of keys that are no longer used are dropped once there are this many. */
const mostBuckets = 10_000

/** A token bucket per key: `perSecond` requests go on for ever, and as many at once after a pause. */
export class RateLimit {
  readonly #perSecond: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Takes one request from the key's bucket. Gives 0 when it was there, else the seconds until there is one. */
  take(key: string, nowMs: number): number {
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      if (this.#buckets.size >= mostBuckets) this.#dropFull(nowMs)
      bucket = { tokens: this.#perSecond, at: nowMs }
      this.#buckets.set(key, bucket)
    }
    const gained = (Math.max(0, nowMs - bucket.at) / 1000) * this.#perSecond
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + gained)
    bucket.at = nowMs
    if (bucket.tokens < 1) return (1 - bucket.tokens) / this.#perSecond
    bucket.tokens -= 1
    return 0
  }

  /** A bucket that has filled up again since its last use is the same as none. */
  #dropFull(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (nowMs - bucket.at >= 1000) this.#buckets.delete(key)
    }
  }
}
