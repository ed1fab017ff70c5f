import { type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Field, Input } from './field.tsx'
import { Notice } from './notice.tsx'
import { useRunning } from './use-running.ts'

export interface ConfirmProps {
  readonly title: string
  /** What will happen. */
  readonly children: ReactNode
  /** On the button, such as "Delete endpoint". */
  readonly action: string
  readonly isDangerous?: boolean
  /** For what cannot be undone: this has to be typed first. */
  readonly typed?: string
  readonly isOpen: boolean
  close(): void
  /** The dialog stays open and says why when this fails. */
  run(): Promise<unknown>
}

/** Asks before something is done. */
export function Confirm({ title, children, action, isDangerous = false, typed, isOpen, close, run }: ConfirmProps) {
  const [text, setText] = useState('')
  const { error, isBusy, run: start, forget } = useRunning()
  const leave = () => {
    setText('')
    forget()
    close()
  }
  return (
    <Dialog title={title} isOpen={isOpen} close={leave}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          start(async () => {
            await run()
            leave()
          })
        }}
      >
        <div>{children}</div>
        {typed !== undefined && (
          <Field label={`Type ${typed} to confirm`}>
            <Input value={text} onChange={(event) => setText(event.target.value)} />
          </Field>
        )}
        {error !== null && <Notice kind="bad">{error}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={leave}>Cancel</Button>
          <Button
            type="submit"
            look={isDangerous ? 'danger' : 'primary'}
            isBusy={isBusy}
            disabled={typed !== undefined && text !== typed}
          >
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
