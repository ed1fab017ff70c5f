import { Field, Input } from '../../parts/field.tsx'
import type { FormState } from '../../parts/use-form.ts'
import type { EndpointValues } from '../endpoints/form/endpoint-values.ts'
import type { HeaderField } from './presets.ts'

/** What is typed for a header that the destination needs stands beside the settings, by the path of the header. */
export type DestinationValues = EndpointValues & Readonly<Record<`headers.${string}`, string>>

/** A field for each header that a destination needs. */
export function TokenFields({
  headers,
  form,
}: {
  headers: readonly HeaderField[]
  form: FormState<DestinationValues>
}) {
  return headers.map(({ name, label, prefix }) => {
    const path = `headers.${name}` as const
    return (
      <Field
        key={name}
        label={label === name ? name : `${name}: ${label}`}
        hint={`Sent as ${name}: ${prefix}…, and kept encrypted.`}
        error={form.error(path)}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={form.values[path] ?? ''}
          onChange={(event) => form.set(path, event.target.value)}
        />
      </Field>
    )
  })
}
