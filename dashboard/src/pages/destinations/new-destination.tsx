import type { NewEndpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button, buttonClass } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { Unsaved } from '../../parts/unsaved.tsx'
import { useForm } from '../../parts/use-form.ts'
import { CreatedEndpoint } from '../endpoints/created-endpoint.tsx'
import { DeliveryFields } from '../endpoints/form/delivery-fields.tsx'
import { bodyOf, endpointFields, newValues } from '../endpoints/form/endpoint-values.ts'
import { SelectionFields } from '../endpoints/form/selection-fields.tsx'
import { TargetFields } from '../endpoints/form/target-fields.tsx'
import { NoCreation } from '../endpoints/no-creation.tsx'
import { type DestinationPreset, headerValue, presets } from './presets.ts'
import { type DestinationValues, TokenFields } from './token-fields.tsx'

/** A preset is chosen, then everything else is on one page: for most of them a URL and a token are enough. */
export function NewDestination() {
  const { can } = useWorkspace()
  const { preset: chosen } = useSearch({ from: '/signed-in/w/$workspace/destinations/new' })
  const preset = presets.find(({ id }) => id === chosen)
  if (!can('manage')) return <NoCreation stream="audit" />
  if (preset) return <Create key={preset.id} preset={preset} />
  return (
    <Page title="Add a destination">
      <Choose />
    </Page>
  )
}

function Choose() {
  const { id, slug } = useWorkspace()
  return (
    <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
      {presets.map((preset) => (
        <li key={preset.id}>
          <Link
            to="/w/$workspace/destinations/new"
            params={{ workspace: slug ?? id }}
            search={{ preset: preset.id }}
            className="flex h-full items-center justify-between gap-3 rounded-lg border bg-raised p-4 font-medium hover:bg-hover"
          >
            {preset.name}
            <Badge>{preset.profile}</Badge>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function Create({ preset }: { preset: DestinationPreset }) {
  const { id: workspace, slug } = useWorkspace()
  const client = useQueryClient()
  const [made, setMade] = useState<NewEndpoint | null>(null)
  const initial = { ...newValues(preset.profile, 'audit'), description: preset.name, options: preset.options }
  const asked = preset.headers.map(({ name }) => `headers.${name}` as const)
  const form = useForm<DestinationValues>(initial, [...asked, ...endpointFields], async (values) => {
    const tokens = preset.headers.map((header) => ({
      name: header.name,
      value: headerValue(values[`headers.${header.name}`] ?? '', header),
    }))
    const headers = [...tokens.filter(({ value }) => value !== ''), ...values.headers]
    setMade(await api.endpoints.create(bodyOf({ ...values, headers }), { workspace }))
    await client.invalidateQueries({ queryKey: ['endpoints', workspace] })
  })
  if (made) return <CreatedEndpoint endpoint={made} />
  return (
    <Page title={`Add ${preset.name}`}>
      <Unsaved isTyped={form.isTyped} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <form className="flex min-w-0 flex-col gap-4" onSubmit={form.submit} noValidate>
          <Section title="Where to">
            <div className="flex flex-col gap-5">
              <TargetFields form={form} isNew url={preset.url} suggestions={[]}>
                <TokenFields headers={preset.headers} form={form} />
              </TargetFields>
            </div>
          </Section>
          <Section title="Which entries">
            <div className="flex flex-col gap-5">
              <SelectionFields form={form} />
            </div>
          </Section>
          <Section title="Delivery">
            <div className="flex flex-col gap-5">
              <DeliveryFields form={form} />
            </div>
          </Section>
          {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
          <div className="flex flex-wrap gap-2">
            <Button type="submit" look="primary" isBusy={form.isBusy}>
              Create destination
            </Button>
            <Link
              to="/w/$workspace/destinations/new"
              params={{ workspace: slug ?? workspace }}
              className={buttonClass()}
            >
              Choose another
            </Link>
          </div>
        </form>
        <div className="order-first min-w-0 lg:sticky lg:top-16 lg:order-last">
          <Section title="How to">
            <ol className="flex list-decimal flex-col gap-2 pl-5">
              {preset.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
            {preset.snippet && (
              <Code text={preset.snippet.text} label={preset.snippet.label} className="mt-3 bg-page" />
            )}
          </Section>
        </div>
      </div>
    </Page>
  )
}
