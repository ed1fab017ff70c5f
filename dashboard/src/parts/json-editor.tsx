import { useRef } from 'react'
import { Button } from './button.tsx'
import { Field, TextArea } from './field.tsx'
import { findJsonFault } from './json-fault.ts'
import { formatJson } from './json-format.ts'
import { findPath } from './json-path.ts'
import { type FieldFault, tellFaults } from './use-form.ts'

/** Text that must be JSON: says while one types what is wrong and where, and sets it in order. */
export function JsonEditor({
  label,
  hint,
  value,
  faults,
  change,
  isOptional = false,
}: {
  label: string
  hint?: string
  value: string
  /** What the API finds wrong with it, by path. */
  faults: readonly FieldFault[]
  change: (text: string) => void
  isOptional?: boolean
}) {
  const frame = useRef<HTMLDivElement>(null)
  const fault = isOptional && value.trim() === '' ? null : findJsonFault(value)
  const placed = fault === null ? faults.map((each) => ({ ...each, offset: findPath(value, each.path) })) : []
  const offset = fault === null ? (placed[0]?.offset ?? null) : fault.offset
  const goToFault = () => {
    const area = frame.current?.querySelector('textarea')
    if (!area || offset === null) return
    area.focus()
    area.setSelectionRange(offset, Math.min(value.length, offset + 1))
  }
  return (
    <div ref={frame} className="flex flex-col gap-1">
      <Field
        label={label}
        hint={hint}
        error={fault?.message ?? tellFaults(placed.map((each) => withLine(value, each)))}
      >
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
        {offset !== null && (
          <Button size="small" onClick={goToFault}>
            Go to the fault
          </Button>
        )}
      </div>
    </div>
  )
}

function withLine(text: string, { path, message, offset }: FieldFault & { readonly offset: number }): FieldFault {
  return { path: `Line ${text.slice(0, offset).split('\n').length}:${path === '' ? '' : ` ${path}`}`, message }
}
