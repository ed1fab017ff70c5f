import { X } from 'lucide-react'
import { useRef, useState } from 'react'
import { compileTypePatterns } from '../../../../../server/domain/type-pattern.ts'
import { useEventTypeNames } from '../../../api/use-event-types.ts'
import { Button } from '../../../parts/button.tsx'
import { Field } from '../../../parts/field.tsx'
import { SuggestedInput } from '../../../parts/suggested-input.tsx'
import { type Stream, wordsOf } from '../stream.ts'

const suggested = {
  events: { hint: 'Names of the catalog, or patterns such as deal.* or deal.{created,updated}', placeholder: 'deal.*' },
  audit: { hint: 'Built-in actions, or patterns such as *.*.webhook.*', placeholder: '*.*.webhook.*' },
} as const

/** Types picked from those that are known, or patterns that are typed. */
export function TypesEditor({
  types,
  stream,
  error,
  change,
}: {
  types: readonly string[]
  stream: Stream
  error: string | undefined
  change: (types: readonly string[]) => void
}) {
  const words = wordsOf({ stream })
  const names = useEventTypeNames(stream)
  const [typed, setTyped] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const add = (pattern: string) => {
    const wanted = pattern.trim()
    if (wanted !== '' && !types.includes(wanted)) change([...types, wanted])
    setTyped('')
  }
  return (
    <div className="flex flex-col gap-2">
      <Field label={words.types} hint={`${suggested[stream].hint}. Enter adds one. None: all types.`} error={error}>
        <div className="flex gap-2">
          <SuggestedInput
            ref={input}
            value={typed}
            names={names}
            placeholder={suggested[stream].placeholder}
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
      {types.length > 0 && (
        <ul className="flex flex-wrap gap-2" aria-label={`Chosen ${words.types.toLowerCase()}`}>
          {types.map((pattern) => (
            <li key={pattern} className="flex min-w-0 items-center gap-1 rounded-md bg-soft pl-2">
              <span className="min-w-0 break-all font-mono text-xs">{pattern}</span>
              <Button
                look="ghost"
                size="small"
                aria-label={`Remove ${pattern}`}
                onClick={() => {
                  change(types.filter((each) => each !== pattern))
                  input.current?.focus()
                }}
              >
                <X aria-hidden className="size-3.5" />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <p className="text-dim text-xs" aria-live="polite">
        {told(types, names, words.known)}
      </p>
    </div>
  )
}

/** How many of the known types the patterns match, or what is wrong with one of them. */
function told(types: readonly string[], names: readonly string[], known: string): string {
  if (types.length === 0) return `All types: the ${names.length} ${known}, and any other.`
  const compiled = compileTypePatterns(types)
  if (!compiled.ok) {
    return `${types[compiled.index]}: ${compiled.reason} (at character ${compiled.position + 1}).`
  }
  const matched = names.filter((name) => compiled.matches(name))
  const some = matched.slice(0, 6).join(', ')
  const rest = matched.length > 6 ? ', …' : ''
  return `Matches ${matched.length} of ${names.length} types ${known}${some ? `: ${some}${rest}` : '. It may match types that are published later'}.`
}
