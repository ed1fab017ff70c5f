import { X } from 'lucide-react'
import { useId, useState } from 'react'
import { compileTypePatterns } from '../../../../../server/domain/type-pattern.ts'
import { useEventTypeNames } from '../../../api/use-event-types.ts'
import { Button } from '../../../parts/button.tsx'
import { Field, Input } from '../../../parts/field.tsx'

/** Event types picked from the catalog, or patterns that are typed. */
export function TypesEditor({
  types,
  error,
  change,
}: {
  types: readonly string[]
  error: string | undefined
  change: (types: readonly string[]) => void
}) {
  const names = useEventTypeNames()
  const list = useId()
  const [typed, setTyped] = useState('')
  const add = (pattern: string) => {
    const wanted = pattern.trim()
    if (wanted !== '' && !types.includes(wanted)) change([...types, wanted])
    setTyped('')
  }
  return (
    <div className="flex flex-col gap-2">
      <Field
        label="Event types"
        hint="Names of the catalog, or patterns such as deal.* or deal.{created,updated}. Enter adds one. None: all types."
        error={error}
      >
        <div className="flex gap-2">
          <Input
            value={typed}
            list={list}
            placeholder="deal.*"
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return
              event.preventDefault()
              add(typed)
            }}
            // What was typed and not added would be lost without a word.
            onBlur={() => add(typed)}
          />
          <Button onClick={() => add(typed)}>Add</Button>
        </div>
      </Field>
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {types.length > 0 && (
        <ul className="flex flex-wrap gap-2" aria-label="Chosen event types">
          {types.map((pattern) => (
            <li key={pattern} className="flex min-w-0 items-center gap-1 rounded-md bg-soft pl-2">
              <span className="min-w-0 break-all font-mono text-xs">{pattern}</span>
              <Button
                look="ghost"
                size="small"
                aria-label={`Remove ${pattern}`}
                onClick={() => change(types.filter((each) => each !== pattern))}
              >
                <X aria-hidden className="size-3.5" />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <p className="text-dim text-xs" aria-live="polite">
        {told(types, names)}
      </p>
    </div>
  )
}

/** How many types of the catalog the patterns match, or what is wrong with one of them. */
function told(types: readonly string[], names: readonly string[]): string {
  if (types.length === 0) return `All types, of which the catalog has ${names.length}.`
  const compiled = compileTypePatterns(types)
  if (!compiled.ok) {
    return `${types[compiled.index]}: ${compiled.reason} (at character ${compiled.position + 1}).`
  }
  const matched = names.filter((name) => compiled.matches(name))
  const some = matched.slice(0, 6).join(', ')
  const rest = matched.length > 6 ? ', …' : ''
  return `Matches ${matched.length} of ${names.length} types in the catalog${some ? `: ${some}${rest}` : '. It may match types that are published later'}.`
}
