import { Field, Input } from '../../../parts/field.tsx'
import type { FormState } from '../../../parts/use-form.ts'
import type { EndpointValues } from './endpoint-values.ts'
import { FilterEditor } from './filter-editor.tsx'
import { TypesEditor } from './types-editor.tsx'

/** Which events an endpoint gets. */
export function SelectionFields({ form: { values, error, set } }: { form: FormState<EndpointValues> }) {
  return (
    <>
      <TypesEditor types={values.types} error={error('types')} change={(types) => set('types', types)} />
      <FilterEditor
        filter={values.filter}
        types={values.types}
        error={error('filter')}
        change={(filter) => set('filter', filter)}
      />
      <Field label="Tags" hint="Separated by commas. Events with any of them; empty: all events." error={error('tags')}>
        <Input value={values.tags} placeholder="eu, vip" onChange={(event) => set('tags', event.target.value)} />
      </Field>
    </>
  )
}
