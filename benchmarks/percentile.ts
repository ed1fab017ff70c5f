/** The smallest value that at least this part (0 to 1) of the values does not exceed; 0 of no values. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0
}
