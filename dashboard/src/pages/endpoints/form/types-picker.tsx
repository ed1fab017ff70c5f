import { X } from 'lucide-react'
import { useState } from 'react'
import { useEventTypeNames } from '../../../api/use-event-types.ts'
import { Button, IconButton } from '../../../parts/button.tsx'
import { Field, Input } from '../../../parts/field.tsx'

/** Event types of the catalog, or patterns. */
export function TypesPicker({
  types,
  change,
  error,
}: {
  types: readonly string[]
  change: (types: readonly string[]) => void
  error: string | undefined
}) {
  const names = useEventTypeNames()
  const [text, setText] = useState('')
  const add = () => {
    const added = text.trim()
    if (added !== '' && !types.includes(added)) change([...types, added])
    setText('')
  }
  return (
    <div className="flex flex-col gap-2">
      <Field
        label="Event types"
        hint="A name, or a pattern: deal.* for deal.created, ** for any number of segments, {a,b} for either. None: all events."
        error={error}
      >
        <Input
          value={text}
          list="event-type-names"
          placeholder={types.length === 0 ? 'All event types' : 'Add another'}
          onChange={(event) => setText(event.target.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || text.trim() === '') return
            // Enter in a form would send it.
            event.preventDefault()
            add()
          }}
        />
      </Field>
      <datalist id="event-type-names">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {types.length > 0 && (
        <ul className="flex flex-wrap gap-1.5" aria-label="Chosen event types">
          {types.map((type) => (
            <li key={type} className="flex items-center gap-1 rounded bg-soft py-0.5 pr-0.5 pl-2 font-mono text-xs">
              {type}
              <IconButton
                label={`Take ${type} away`}
                size="small"
                onClick={() => change(types.filter((each) => each !== type))}
              >
                <X aria-hidden className="size-3" />
              </IconButton>
            </li>
          ))}
          <li>
            <Button size="small" look="ghost" onClick={() => change([])}>
              All types
            </Button>
          </li>
        </ul>
      )}
    </div>
  )
}
