import type { ReactNode } from 'react'
import { isPortal } from '../api/session.ts'
import { Code } from './code.tsx'

/** Nothing here yet: what would be, and the next step, if there is a command for it to copy. */
export function Empty({
  title,
  children,
  command,
}: {
  title: string
  children?: ReactNode
  command?: string | undefined
}) {
  return (
    <div className="mx-auto my-10 flex w-full max-w-xl flex-col items-center gap-3 px-2 text-center">
      <h2 className="font-semibold text-base">{title}</h2>
      {children && <div className="text-dim">{children}</div>}
      {/* A customer in the portal has no key to run it with. */}
      {command && !isPortal && <Code text={command} label="In a terminal" className="w-full text-left" />}
    </div>
  )
}
