import { Tabs } from '@base-ui/react/tabs'
import { useMemo, useState } from 'react'
import { Code } from './code.tsx'
import { showDirectionMarks } from './direction-marks.ts'

const openLevels = 2
const mostChildren = 100

/** JSON as a tree and raw. What is not JSON is shown as the text that it is. */
export function JsonView({ text, label }: { text: string; label: string }) {
  const value = useMemo(() => parse(text), [text])
  if (value === undefined) return <Code text={text} label={label} />
  return (
    <Tabs.Root defaultValue="tree">
      <Tabs.List className="mb-2 flex gap-1" aria-label={`${label}: how it is shown`}>
        {['tree', 'raw'].map((name) => (
          <Tabs.Tab
            key={name}
            value={name}
            className="rounded px-2 py-1 text-dim text-xs capitalize data-active:bg-hover data-active:text-text"
          >
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="tree">
        <div className="max-h-128 overflow-auto rounded-md border p-3 font-mono text-xs">
          <Node name={null} value={value} level={0} />
        </div>
      </Tabs.Panel>
      <Tabs.Panel value="raw">
        <Code text={text} label={label} />
      </Tabs.Panel>
    </Tabs.Root>
  )
}

/** A number whose digits JavaScript would not keep. */
class LongNumber {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }
}

/** Browsers without `source` show such numbers rounded, as the raw view does not. */
function keepDigits(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source
  if (typeof value !== 'number' || source === undefined || JSON.stringify(value) === source) return value
  return new LongNumber(source)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, keepDigits)
  } catch {
    return undefined
  }
}

function Node({ name, value, level }: { name: string | null; value: unknown; level: number }) {
  const [isOpen, setIsOpen] = useState(level < openLevels)
  const [shown, setShown] = useState(mostChildren)
  const label = name !== null && (
    <span className="text-dim">
      <bdi>{showDirectionMarks(name)}</bdi>:{' '}
    </span>
  )
  if (typeof value !== 'object' || value === null || value instanceof LongNumber) {
    return (
      <div className="break-words">
        {label}
        <Leaf value={value} />
      </div>
    )
  }
  const entries = Object.entries(value)
  const [begin, end] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return (
    <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer">
        {label}
        {isOpen ? begin : `${begin} ${entries.length} ${end}`}
      </summary>
      {isOpen && (
        <div className="ml-1 border-l pl-3">
          {entries.slice(0, shown).map(([key, child]) => (
            <Node key={key} name={key} value={child} level={level + 1} />
          ))}
          {entries.length > shown && (
            <button type="button" className="text-accent underline" onClick={() => setShown(shown + 10 * mostChildren)}>
              {entries.length - shown} more
            </button>
          )}
        </div>
      )}
      {isOpen && end}
    </details>
  )
}

function Leaf({ value }: { value: unknown }) {
  const look = typeof value === 'string' ? 'text-good' : value === null ? 'text-dim' : 'text-info'
  return (
    <span className={look} dir="auto">
      {showDirectionMarks(value instanceof LongNumber ? value.digits : JSON.stringify(value))}
    </span>
  )
}
