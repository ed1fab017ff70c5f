import { useRef } from 'react'
import { Button } from './button.tsx'
import { Field, TextArea } from './field.tsx'
import { findJsonFault } from './json-fault.ts'
import { formatJson } from './json-format.ts'

/** Text that must be JSON: says while one types what is wrong and where, and sets it in order. */
export function JsonEditor({
  label,
  hint,
  value,
  error,
  change,
  isOptional = false,
}: {
  label: string
  hint?: string
  value: string
  /** What the API finds wrong with it. */
  error: string | undefined
  change: (text: string) => void
  isOptional?: boolean
}) {
  const frame = useRef<HTMLDivElement>(null)
  const fault = isOptional && value.trim() === '' ? null : findJsonFault(value)
  const goToFault = () => {
    const area = frame.current?.querySelector('textarea')
    if (!area || fault === null || fault.offset === null) return
    area.focus()
    area.setSelectionRange(fault.offset, Math.min(value.length, fault.offset + 1))
  }
  return (
    <div ref={frame} className="flex flex-col gap-1">
      <Field label={label} hint={hint} error={fault?.message ?? error}>
        <TextArea
          value={value}
          dir="ltr"
          className="min-h-48 font-mono text-xs leading-5"
          onChange={(event) => change(event.target.value)}
        />
      </Field>
      <div className="flex gap-2">
        <Button size="small" disabled={fault !== null || value.trim() === ''} onClick={() => change(formatJson(value))}>
          Format
        </Button>
        {fault !== null && fault.offset !== null && (
          <Button size="small" onClick={goToFault}>
            Go to the fault
          </Button>
        )}
      </div>
    </div>
  )
}
