import { Field, Input } from '../../../parts/field.tsx'
import type { FormState } from '../../../parts/use-form.ts'
import type { EndpointValues } from './endpoint-values.ts'
import { FilterEditor } from './filter-editor.tsx'
import { TypesEditor } from './types-editor.tsx'

const tagsHint = {
  events: 'Separated by commas. Events with any of them; empty: all events.',
  audit: 'Separated by commas. Entries with any of them in metadata.tags; empty: all entries.',
} as const

/** Which events an endpoint gets. */
export function SelectionFields({ form: { values, error, set } }: { form: FormState<EndpointValues> }) {
  return (
    <>
      <TypesEditor
        types={values.types}
        stream={values.stream}
        error={error('types')}
        change={(types) => set('types', types)}
      />
      <FilterEditor
        filter={values.filter}
        types={values.types}
        stream={values.stream}
        error={error('filter')}
        change={(filter) => set('filter', filter)}
      />
      <Field label="Tags" hint={tagsHint[values.stream]} error={error('tags')}>
        <Input value={values.tags} placeholder="eu, vip" onChange={(event) => set('tags', event.target.value)} />
      </Field>
    </>
  )
}
