import { Field, Input } from '../../../parts/field.tsx'
import type { FormState } from '../../../parts/use-form.ts'
import type { EndpointValues } from './endpoint-values.ts'
import { HeadersEditor } from './headers-editor.tsx'
import { OptionFields } from './option-fields.tsx'
import { guideOf } from './profiles.ts'

/** Where an endpoint is, what it is called, and what is sent along. */
export function TargetFields({ form, isNew }: { form: FormState<EndpointValues>; isNew: boolean }) {
  const { values, error, set } = form
  const guide = guideOf(values.profile)
  return (
    <>
      <Field
        label="URL"
        hint={
          isNew
            ? 'https and a public address, unless the operator allows others. Redirects are not followed.'
            : 'Secret parts are masked. To change the URL, type the whole of it.'
        }
        error={error('url')}
      >
        <Input
          value={values.url}
          placeholder={guide.url}
          spellCheck={false}
          inputMode="url"
          required
          onChange={(event) => set('url', event.target.value)}
        />
      </Field>
      <Field label="Description" hint="What people call it." error={error('description')}>
        <Input
          value={values.description}
          placeholder="CRM sync"
          onChange={(event) => set('description', event.target.value)}
        />
      </Field>
      <HeadersEditor
        headers={values.headers}
        suggestions={guide.headers}
        error={error('headers')}
        isMasked={!isNew}
        change={(headers) => set('headers', headers)}
      />
      <OptionFields
        guide={guide}
        options={values.options}
        error={error('options')}
        change={(options) => set('options', options)}
      />
    </>
  )
}
