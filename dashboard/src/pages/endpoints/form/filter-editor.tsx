import { Field, TextArea } from '../../../parts/field.tsx'
import type { Stream } from '../stream.ts'
import { FilterVerdicts } from './filter-verdicts.tsx'

const told = {
  events: {
    hint: 'such as deal.value > 10000. It sees data, type, tags and event',
    placeholder: 'deal.value > 10000 && data.stage == "won"',
  },
  audit: {
    hint: 'such as action.category == "webhook". It sees actor, action, target, metadata, data, type and tags',
    placeholder: 'actor.type == "user" && action.category == "team_member"',
  },
} as const

/** An expression that is true for the events that are wanted, tried at once on those that came last. */
export function FilterEditor({
  filter,
  types,
  stream,
  error,
  change,
}: {
  filter: string
  types: readonly string[]
  stream: Stream
  error: string | undefined
  change: (filter: string) => void
}) {
  const { hint, placeholder } = told[stream]
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <Field label="Filter" hint={`An expression of CEL, ${hint}. Empty: no filter.`} error={error}>
        <TextArea
          value={filter}
          rows={3}
          className="font-mono text-xs"
          placeholder={placeholder}
          onChange={(event) => change(event.target.value)}
        />
      </Field>
      {filter.trim() !== '' && (
        <FilterVerdicts filter={filter} types={types} stream={stream} isFaultTold={error !== undefined} />
      )}
    </div>
  )
}
