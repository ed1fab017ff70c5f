import clsx from 'clsx'
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

const kinds = {
  good: { look: 'bg-good-soft text-good', Icon: CircleCheck },
  bad: { look: 'bg-bad-soft text-bad', Icon: CircleAlert },
  warn: { look: 'bg-warn-soft text-warn', Icon: TriangleAlert },
  info: { look: 'bg-info-soft text-info', Icon: Info },
} as const

/** Something to know, in its place on the page. A bad one is read out at once. */
export function Notice({
  kind,
  children,
  className,
}: {
  kind: keyof typeof kinds
  children: ReactNode
  className?: string
}) {
  const { look, Icon } = kinds[kind]
  return (
    <div
      role={kind === 'bad' ? 'alert' : undefined}
      className={clsx('flex gap-2 rounded-md px-3 py-2', look, className)}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 break-words">{children}</div>
    </div>
  )
}
