const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How far back the page looks, in steps that make some fifty points, and how often it asks anew. */
export const spans = {
  hour: { label: 'Hour', lengthMs: hour, stepMs: minute, refreshMs: 5_000 },
  day: { label: 'Day', lengthMs: day, stepMs: 30 * minute, refreshMs: 15_000 },
  week: { label: 'Week', lengthMs: 7 * day, stepMs: 3 * hour, refreshMs: 60_000 },
  month: { label: 'Month', lengthMs: 30 * day, stepMs: 12 * hour, refreshMs: 60_000 },
} as const
export type SpanName = keyof typeof spans

export function spanNamed(name: string | undefined): SpanName {
  return name !== undefined && Object.hasOwn(spans, name) ? (name as SpanName) : 'day'
}
