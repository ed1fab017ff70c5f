import type { ReactNode } from 'react'
import { Field, Input } from '../../../parts/field.tsx'
import type { FormState } from '../../../parts/use-form.ts'
import type { EndpointValues } from './endpoint-values.ts'
import { HeadersEditor } from './headers-editor.tsx'
import { OptionFields } from './option-fields.tsx'
import { guideOf } from './profiles.ts'

/**
 * Where an endpoint is, what it is called, and what is sent along.
 *
 * @param url what the URL looks like, and suggestions the headers that it may need, if they are not as usual
 * @param children fields for headers that it surely needs
 */
export function TargetFields({
  form: { values, error, set },
  isNew,
  url,
  suggestions,
  children,
}: {
  form: FormState<EndpointValues>
  isNew: boolean
  url?: string
  suggestions?: readonly string[]
  children?: ReactNode
}) {
  const guide = guideOf(values.profile)
  return (
    <>
      <Field
        label="URL"
        hint={
          isNew
            ? `${url ? `Such as ${url}. ` : ''}https and a public address, unless the operator allows others.`
            : 'Secret parts are masked. To change the URL, type the whole of it.'
        }
        error={error('url')}
      >
        <Input
          value={values.url}
          placeholder={url || guide.url}
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
      {children}
      <HeadersEditor
        headers={values.headers}
        suggestions={suggestions ?? guide.headers}
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
