import { Link } from '@tanstack/react-router'
import clsx from 'clsx'
import { type SpanName, spans } from './spans.ts'

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
