import clsx from 'clsx'
import { steps } from './steps.ts'

/** All steps, where one is, and which have a fault; each can be gone to at any time. */
export function StepList({
  current,
  hasFault,
  go,
}: {
  current: string
  hasFault: (fields: readonly string[]) => boolean
  go: (step: string) => void
}) {
  return (
    <nav aria-label="Steps">
      <ol className="flex flex-wrap gap-1">
        {steps.map(({ id, title, fields }, index) => {
          const isFaulty = hasFault(fields)
          return (
            <li key={id}>
              <button
                type="button"
                aria-current={id === current ? 'step' : undefined}
                className={clsx(
                  'flex items-center gap-1.5 rounded-md px-2.5 py-1.5 hover:bg-hover',
                  isFaulty ? 'text-bad' : id === current ? 'bg-accent-soft font-medium text-text' : 'text-dim',
                )}
                onClick={() => go(id)}
              >
                <span aria-hidden className="tabular-nums">
                  {index + 1}
                </span>
                {title}
                {isFaulty && <span className="text-xs">has a fault</span>}
              </button>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
