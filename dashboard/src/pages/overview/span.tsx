import { Link } from '@tanstack/react-router'
import clsx from 'clsx'

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

/** The choice is a link, so that a view can be shared. */
export function SpanChoice({ chosen }: { chosen: SpanName }) {
  return (
    <nav aria-label="Time" className="flex rounded-md border border-strong-line bg-raised p-0.5">
      {Object.entries(spans).map(([name, { label }]) => (
        <Link
          key={name}
          from="/w/$workspace"
          to="."
          search={name === 'day' ? {} : { span: name }}
          replace
          aria-current={name === chosen ? 'true' : undefined}
          className={clsx(
            'rounded px-2.5 py-1 text-sm',
            name === chosen ? 'bg-accent-soft font-medium text-accent' : 'text-dim hover:bg-hover hover:text-text',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  )
}
