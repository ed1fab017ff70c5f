import { Plus, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Button, IconButton } from '../../../parts/button.tsx'
import { Input } from '../../../parts/field.tsx'
import type { HeaderValue } from './endpoint-values.ts'

/** Names and values that are sent with each request. */
export function HeadersEditor({
  headers,
  suggestions,
  error,
  isMasked,
  change,
}: {
  headers: readonly HeaderValue[]
  suggestions: readonly string[]
  error: string | undefined
  isMasked: boolean
  change: (headers: readonly HeaderValue[]) => void
}) {
  const frame = useRef<HTMLFieldSetElement>(null)
  const adding = useRef<HTMLButtonElement>(null)
  const isAdded = useRef(false)
  useEffect(() => {
    if (!isAdded.current) return
    isAdded.current = false
    // What is to be typed next: the name of the new one, or its value.
    const inputs = [...(frame.current?.querySelectorAll('input') ?? [])]
    inputs.at(headers.at(-1)?.name === '' ? -2 : -1)?.focus()
  }, [headers])
  const edit = (index: number, part: Partial<HeaderValue>) =>
    change(headers.map((header, at) => (at === index ? { ...header, ...part } : header)))
  const missing = suggestions.filter((name) => !headers.some((each) => each.name.toLowerCase() === name.toLowerCase()))
  return (
    <fieldset ref={frame} className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 font-medium">Headers</legend>
      {headers.map((header, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a header has no other name than what is being typed
        <div key={index} className="grid grid-cols-[minmax(0,1fr)_auto] gap-2 sm:grid-cols-[2fr_3fr_auto]">
          <Input
            aria-label={`Name of header ${index + 1}`}
            placeholder="X-Team"
            value={header.name}
            onChange={(event) => edit(index, { name: event.target.value })}
          />
          <Input
            aria-label={`Value of header ${index + 1}`}
            // On a phone it has a line of its own, below the name and the button to remove both.
            className="max-sm:col-span-2 max-sm:row-start-2"
            value={header.value}
            onChange={(event) => edit(index, { value: event.target.value })}
          />
          <IconButton
            label={`Remove header ${index + 1}`}
            onClick={() => {
              change(headers.filter((_, at) => at !== index))
              adding.current?.focus()
            }}
          >
            <X aria-hidden className="size-4" />
          </IconButton>
        </div>
      ))}
      <div className="flex flex-wrap gap-2">
        {['', ...missing].map((name) => (
          <Button
            key={name}
            ref={name === '' ? adding : null}
            size="small"
            onClick={() => {
              isAdded.current = true
              change([...headers, { name, value: '' }])
            }}
          >
            <Plus aria-hidden className="size-3.5" />
            {name === '' ? 'Add a header' : name}
          </Button>
        ))}
      </div>
      <p className="text-dim text-xs">
        Sent with each request, kept encrypted, shown masked.
        {isMasked && ' Whoever changes one types the values of all of them again.'}
      </p>
      {error && (
        <p role="alert" className="text-bad text-xs">
          {error}
        </p>
      )}
    </fieldset>
  )
}
