import { Search } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef, useState } from 'react'

const pauseMs = 300

/** The filters of a list, in one line that wraps. */
export function Filters({ children }: { children: ReactNode }) {
  return (
    <search className="flex flex-wrap items-end gap-2" aria-label="Filters">
      {children}
    </search>
  )
}

const control = 'h-8 min-w-0 rounded-md border border-strong-line bg-raised px-2 text-sm'

/** One of a few. The value '' means all. */
export function FilterSelect({
  label,
  value,
  options,
  change,
}: {
  label: string
  value: string | undefined
  options: readonly (readonly [value: string, label: string])[]
  change: (value: string | undefined) => void
}) {
  const id = useId()
  return (
    <div className="flex min-w-0 max-w-56 flex-col">
      <label htmlFor={id} className="text-dim text-xs">
        {label}
      </label>
      <select
        id={id}
        value={value ?? ''}
        className={control}
        onChange={(event) => change(event.target.value || undefined)}
      >
        <option value="">All</option>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
        {value !== undefined && !options.some(([each]) => each === value) && <option value={value}>{value}</option>}
      </select>
    </div>
  )
}

/** Text that takes effect a moment after the last key. With `isSearch`, the key `/` goes to it. */
export function FilterText({
  label,
  value,
  change,
  isSearch = false,
  placeholder,
  suggestions = [],
}: {
  label: string
  value: string | undefined
  change: (value: string | undefined) => void
  isSearch?: boolean
  placeholder?: string
  suggestions?: readonly string[]
}) {
  const id = useId()
  const [text, setText] = useState(value ?? '')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const said = useRef(value)
  useEffect(() => {
    // From elsewhere, such as the browser's back button.
    if (value !== said.current) setText(value ?? '')
    said.current = value
  }, [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  const say = (next: string) => {
    clearTimeout(timer.current)
    said.current = next.trim() || undefined
    change(said.current)
  }
  return (
    <div className={`flex min-w-0 flex-col ${isSearch ? 'grow basis-48 sm:max-w-sm' : 'max-w-48'}`}>
      <label htmlFor={id} className="text-dim text-xs">
        {label}
      </label>
      <div className="relative">
        {isSearch && <Search aria-hidden className="absolute top-2 left-2 size-4 text-dim" />}
        <input
          id={id}
          type={isSearch ? 'search' : 'text'}
          data-search={isSearch || undefined}
          value={text}
          placeholder={placeholder}
          list={suggestions.length > 0 ? `${id}-list` : undefined}
          autoComplete="off"
          spellCheck={false}
          className={`${control} w-full ${isSearch ? 'pl-8' : ''}`}
          onChange={(event) => {
            const next = event.target.value
            setText(next)
            clearTimeout(timer.current)
            timer.current = setTimeout(() => say(next), pauseMs)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') say(text)
          }}
        />
      </div>
      {suggestions.length > 0 && (
        <datalist id={`${id}-list`}>
          {suggestions.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </div>
  )
}

/** From and until, in local time; what is in the address is ISO 8601. */
export function FilterTimes({
  since,
  until,
  change,
}: {
  since: string | undefined
  until: string | undefined
  change: (times: { since?: string | undefined; until?: string | undefined }) => void
}) {
  const latest = useRef({ since, until })
  latest.current = { since, until }
  return (['since', 'until'] as const).map((name) => (
    <FilterTime
      key={name}
      label={name === 'since' ? 'From' : 'Until'}
      value={name === 'since' ? since : until}
      change={(value) => change({ ...latest.current, [name]: value })}
    />
  ))
}

/** What is typed stays while the address follows: a browser takes a value that is set for the end of the typing. */
function FilterTime({
  label,
  value,
  change,
}: {
  label: string
  value: string | undefined
  change: (value: string | undefined) => void
}) {
  const id = useId()
  const [text, setText] = useState(toLocal(value))
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => setText((typed) => (fromLocal(typed) === value ? typed : toLocal(value))), [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <div className="flex min-w-0 flex-col">
      <label htmlFor={id} className="text-dim text-xs">
        {label}
      </label>
      <input
        id={id}
        type="datetime-local"
        step={1}
        value={text}
        className={control}
        onChange={(event) => {
          const next = event.target.value
          setText(next)
          clearTimeout(timer.current)
          timer.current = setTimeout(() => change(fromLocal(next)), pauseMs)
        }}
      />
    </div>
  )
}

function toLocal(iso: string | undefined): string {
  if (iso === undefined || Number.isNaN(Date.parse(iso))) return ''
  const date = new Date(iso)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

function fromLocal(text: string): string | undefined {
  const date = new Date(text)
  return text === '' || Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
