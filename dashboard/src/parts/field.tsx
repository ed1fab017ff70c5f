import clsx from 'clsx'
import { type ComponentProps, createContext, type ReactNode, useContext, useId } from 'react'

interface FieldContext {
  readonly id: string
  readonly describedBy: string | undefined
  readonly isInvalid: boolean
}

const Context = createContext<FieldContext | null>(null)

export interface FieldProps {
  readonly label: ReactNode
  readonly hint?: ReactNode
  /** What is wrong with what was typed; shown at the field. */
  readonly error?: string | undefined
  readonly children: ReactNode
  readonly className?: string
}

/** A control with its label, a hint, and its fault. The control inside finds its id and descriptions by itself. */
export function Field({ label, hint, error, children, className }: FieldProps) {
  const id = useId()
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined
  return (
    <Context value={{ id, describedBy, isInvalid: error !== undefined }}>
      <div className={clsx('flex min-w-0 flex-col gap-1', className)}>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {children}
        {hint && (
          <p id={`${id}-hint`} className="text-dim text-xs">
            {hint}
          </p>
        )}
        {error && (
          <p id={`${id}-error`} className="text-bad text-xs" role="alert">
            {error}
          </p>
        )}
      </div>
    </Context>
  )
}

function useControl() {
  const field = useContext(Context)
  return (
    field && {
      id: field.id,
      'aria-describedby': field.describedBy,
      'aria-invalid': field.isInvalid || undefined,
    }
  )
}

const control =
  'w-full min-w-0 rounded-md border border-strong-line bg-raised px-3 text-sm text-text aria-invalid:border-bad disabled:opacity-60'

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input autoComplete="off" {...useControl()} {...rest} className={clsx(control, 'h-9', className)} />
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return (
    <textarea spellCheck={false} {...useControl()} {...rest} className={clsx(control, 'min-h-20 py-2', className)} />
  )
}

export function Select({ className, ...rest }: ComponentProps<'select'>) {
  return <select {...useControl()} {...rest} className={clsx(control, 'h-9 pr-8', className)} />
}

/** A box to tick, with its text beside it. */
export function Checkbox({ label, hint, ...rest }: ComponentProps<'input'> & { label: ReactNode; hint?: ReactNode }) {
  const id = useId()
  return (
    <div className="flex items-start gap-2">
      <input type="checkbox" id={id} {...rest} className="mt-0.5 size-4 accent-accent" />
      <label htmlFor={id}>
        {label}
        {hint && <span className="block text-dim text-xs">{hint}</span>}
      </label>
    </div>
  )
}
