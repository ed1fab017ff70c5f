import { Field, Input } from '../../../parts/field.tsx'
import type { FormState } from '../../../parts/use-form.ts'
import type { EndpointDraft } from './draft.ts'
import { FilterEditor } from './filter-editor.tsx'
import { TypesPicker } from './types-picker.tsx'

/** Which events it gets. */
export function WhatStep({ form: { values, set, error } }: { form: FormState<EndpointDraft> }) {
  return (
    <>
      <TypesPicker types={values.types} change={(types) => set('types', types)} error={error('types')} />
      <FilterEditor filter={values.filter} change={(filter) => set('filter', filter)} error={error('filter')} />
      <Field label="Tags" hint="Only events with one of these, such as eu, beta. Empty: all." error={error('tags')}>
        <Input value={values.tags} onChange={(event) => set('tags', event.target.value)} />
      </Field>
    </>
  )
}
