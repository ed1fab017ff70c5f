import { ApiError } from '@atlas-webhooks/sdk/src/api-error.ts'
import type { NewEndpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { Unsaved } from '../../parts/unsaved.tsx'
import { useForm } from '../../parts/use-form.ts'
import { CreatedEndpoint } from './created-endpoint.tsx'
import { DeliveryFields } from './form/delivery-fields.tsx'
import { bodyOf, type EndpointValues, endpointFields, newValues, withProfile } from './form/endpoint-values.ts'
import { ProfileField } from './form/profile-field.tsx'
import { Review } from './form/review.tsx'
import { SelectionFields } from './form/selection-fields.tsx'
import { StepList } from './form/step-list.tsx'
import { stepOf, steps } from './form/steps.ts'
import { TargetFields } from './form/target-fields.tsx'
import { NoCreation } from './no-creation.tsx'

/** Creates an endpoint in steps; all of them are one form, so that going back and forth loses nothing. */
export function NewEndpointPage() {
  const { id: workspace, can } = useWorkspace()
  const search = useSearch({ from: '/signed-in/w/$workspace/endpoints/new' })
  const navigate = useNavigate()
  const client = useQueryClient()
  const [made, setMade] = useState<NewEndpoint | null>(null)
  const current = Math.max(
    0,
    steps.findIndex(({ id }) => id === search.step),
  )
  const step = steps[current] ?? steps[0]
  const go = (id: string) => void navigate({ from: '/w/$workspace/endpoints/new', search: { step: id } })
  const form = useForm<EndpointValues>(newValues(), endpointFields, async (values) => {
    try {
      setMade(await api.endpoints.create(bodyOf(values), { workspace }))
      await client.invalidateQueries({ queryKey: ['endpoints', workspace] })
    } catch (error) {
      const faulty = error instanceof ApiError ? stepOf(error.errors.map(({ path }) => path)) : null
      if (faulty !== null) go(faulty)
      throw error
    }
  })
  const heading = useRef<HTMLFieldSetElement>(null)
  const shown = useRef(step.id)
  useEffect(() => {
    // Who goes on with the keyboard goes on at the top of the next step, or at what is wrong in it.
    const fault = heading.current?.querySelector<HTMLElement>('[aria-invalid=true]')
    if (shown.current !== step.id) (fault ?? heading.current)?.focus()
    shown.current = step.id
  }, [step.id])

  if (!can('manage')) return <NoCreation stream="events" />
  if (made) return <CreatedEndpoint endpoint={made} />
  const next = steps[current + 1]
  const before = steps[current - 1]
  const changeProfile = (profile: EndpointValues['profile']) => {
    const changed = withProfile(form.values, profile)
    for (const name of ['profile', 'options', 'retry_schedule_seconds'] as const) form.set(name, changed[name])
  }
  return (
    <Page title="New endpoint">
      <Unsaved isTyped={form.isTyped} hasSteps />
      <div className="flex max-w-4xl flex-col gap-4">
        <StepList current={step.id} hasFault={(paths) => paths.some((path) => form.error(path))} go={go} />
        <Section title={step.title}>
          <form
            className="flex flex-col gap-5"
            onSubmit={(event) => {
              event.preventDefault()
              if (next) go(next.id)
              else form.submit(event)
            }}
          >
            <fieldset
              ref={heading}
              tabIndex={-1}
              aria-label={`Step ${current + 1} of ${steps.length}: ${step.title}`}
              className="flex min-w-0 flex-col gap-5 outline-none"
            >
              {step.id === 'profile' && <ProfileField profile={form.values.profile} change={changeProfile} />}
              {step.id === 'target' && <TargetFields form={form} isNew />}
              {step.id === 'events' && <SelectionFields form={form} />}
              {step.id === 'delivery' && <DeliveryFields form={form} />}
              {step.id === 'review' && <Review values={form.values} />}
            </fieldset>
            {form.failure && <Notice kind="bad">{form.failure}</Notice>}
            <div className="flex justify-between gap-2">
              {before ? <Button onClick={() => go(before.id)}>Back</Button> : <span />}
              <Button type="submit" look="primary" isBusy={form.isBusy}>
                {next ? 'Next' : 'Create endpoint'}
              </Button>
            </div>
          </form>
        </Section>
      </div>
    </Page>
  )
}
