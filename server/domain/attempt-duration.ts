/**
 * The upper bounds, in milliseconds, by which the durations of attempts are counted: each about 1.6 times the one before,
 * up to the longest timeout. Stored counters have an entry for each, so a change needs a migration.
 */
export const durationBounds: readonly number[] = [
  1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1_200, 2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 30_000,
]

/**
 * Estimates a percentile of durations of which only the counts are known.
 *
 * It is exact to the two bounds that it lies between; between them durations are taken to be spread evenly. What took
 * longer than the last bound is taken to have lasted as long as that.
 *
 * @param counts how many took at most as long as each bound
 * @param total how many there are, longer ones included
 * @param share from 0 to 1, such as 0.99
 * @returns whole milliseconds; null when there are none
 */
export function estimatePercentile(counts: readonly number[], total: number, share: number): number | null {
  if (total <= 0) return null
  const rank = Math.max(1, share * total)
  let [below, lower] = [0, 0]
  for (const [index, upper] of durationBounds.entries()) {
    const within = counts[index] ?? 0
    if (within >= rank) return Math.ceil(lower + ((upper - lower) * (rank - below)) / (within - below))
    ;[below, lower] = [within, upper]
  }
  return lower
}
