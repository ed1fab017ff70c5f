/**
 * Quantiles of a Prometheus histogram in the text format, in its own unit, by linear interpolation within the bucket as
 * `histogram_quantile` does it. null: there is no such histogram, or nothing in it.
 */
export function readHistogram(text: string, name: string): { count: number; p50: number; p99: number } | null {
  const totals = new Map<number, number>()
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}_bucket{`)) continue
    const bound = /le="([^"]+)"/.exec(line)?.[1]
    const value = Number(line.slice(line.lastIndexOf(' ') + 1))
    const limit = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound)
    totals.set(limit, (totals.get(limit) ?? 0) + value)
  }
  const buckets = [...totals].sort(([a], [b]) => a - b)
  const count = buckets.at(-1)?.[1] ?? 0
  if (count === 0) return null
  return { count, p50: quantile(buckets, count * 0.5), p99: quantile(buckets, count * 0.99) }
}

function quantile(buckets: readonly (readonly [number, number])[], rank: number): number {
  let lower = 0
  let below = 0
  for (const [bound, total] of buckets) {
    if (total >= rank) {
      if (!Number.isFinite(bound)) return lower
      return lower + ((bound - lower) * (rank - below)) / (total - below)
    }
    lower = bound
    below = total
  }
  return lower
}

/** The value of a metric without labels; NaN: there is no such one. */
export function readGauge(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return line === undefined ? Number.NaN : Number(line.slice(name.length + 1))
}
