import { Field, TextArea } from '../../../parts/field.tsx'
import { FilterVerdicts } from './filter-verdicts.tsx'

/** An expression that is true for the events that are wanted, tried at once on those that came last. */
export function FilterEditor({
  filter,
  types,
  error,
  change,
}: {
  filter: string
  types: readonly string[]
  error: string | undefined
  change: (filter: string) => void
}) {
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <Field
        label="Filter"
        hint="An expression of CEL, such as deal.value > 10000. It sees data, type, tags and event. Empty: no filter."
        error={error}
      >
        <TextArea
          value={filter}
          rows={3}
          className="font-mono text-xs"
          placeholder={'deal.value > 10000 && data.stage == "won"'}
          onChange={(event) => change(event.target.value)}
        />
      </Field>
      {filter.trim() !== '' && <FilterVerdicts filter={filter} types={types} />}
    </div>
  )
}
