/** What says whether a delivery still moves, and when. */
export interface Followed {
  readonly state: string
  readonly next_attempt_at: string | null
}

const soonMs = 1_000
const slowMs = 30_000
/** An attempt takes a moment. */
const attemptMs = 500

const settled = new Set(['delivered', 'dead_letter', 'canceled'])

/**
 * In how many milliseconds deliveries are to be looked at again; false: nothing happens to them any more. Soon after
 * something has changed, or when an attempt is due, and ever more seldom while nothing does. A retry may be hours away:
 * until then a slow look notices what others do, such as a replay.
 *
 * @param changedAt when a look found something else than the one before
 */
export function nextLook(deliveries: readonly Followed[], changedAt: number, now: number): number | false {
  const waits = deliveries.filter(({ state }) => !settled.has(state)).map((each) => waitFor(each, changedAt, now))
  return waits.length > 0 && Math.min(slowMs, ...waits)
}

function waitFor({ state, next_attempt_at: next }: Followed, changedAt: number, now: number): number {
  // Until its endpoint is resumed.
  if (state === 'held') return slowMs
  const dueAt = next === null ? 0 : Date.parse(next)
  if (dueAt > now) return dueAt - now + attemptMs
  return Math.max(soonMs, (now - Math.max(changedAt, dueAt)) / 4)
}
