import type { ReactNode } from 'react'
import { Button, type ButtonProps } from './button.tsx'
import { Notice } from './notice.tsx'
import { useRunning } from './use-running.ts'

/** A form that does one thing. What was wrong with it is said above its button, and what was typed stays. */
export function ActionForm({
  act,
  children,
  button,
  others,
}: {
  act: () => Promise<void>
  children: ReactNode
  button: Pick<ButtonProps, 'children' | 'look' | 'disabled' | 'className'>
  /** Buttons beside it. */
  others?: ReactNode
}) {
  const { error, isBusy, run } = useRunning()
  return (
    <form
      className="flex max-w-md flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        run(act)
      }}
    >
      {children}
      {error !== null && <Notice kind="bad">{error}</Notice>}
      <div className="flex gap-2">
        <Button type="submit" isBusy={isBusy} {...button} />
        {others}
      </div>
    </form>
  )
}
