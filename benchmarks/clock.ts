/**
 * Microseconds of the machine's monotonic clock, which all processes of a Linux or macOS machine share, so that a time
 * noted by the generator can be subtracted in the receiver. `performance.now()` is the same clock with an origin of its
 * own per process, and costs no allocation.
 */
export function microseconds(): number {
  return performance.now() * 1000 + origin
}

const origin = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000

export function seconds(count: number): number {
  return count * 1_000_000
}

const parked = new Int32Array(new SharedArrayBuffer(4))

/** Blocks the thread: timers have a grain of a millisecond, which would count as latency. */
export function sleepPrecisely(us: number): void {
  if (us > 0) Atomics.wait(parked, 0, 0, us / 1000)
}
