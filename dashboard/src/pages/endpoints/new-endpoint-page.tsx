import { ApiError } from '@atlas-webhooks/sdk/src/api-error.ts'
import type { NewEndpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useLayoutEffect, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Facts, Page, Section } from '../../parts/page.tsx'
import { useForm } from '../../parts/use-form.ts'
import { CreatedEndpoint } from './created-endpoint.tsx'
import { draftFields, type EndpointDraft, emptyDraft, toRequest } from './form/draft.ts'
import { HowStep } from './form/how-step.tsx'
import { WhatStep } from './form/what-step.tsx'
import { WhereStep } from './form/where-step.tsx'

const steps = ['Where', 'Which events', 'How', 'Review'] as const
/** In which step a fault is mended. */
const fieldsOfSteps: readonly (readonly string[])[] = [
  ['url', 'description', 'profile', 'options'],
  ['types', 'filter', 'tags'],
  ['headers', 'serialize', 'batch', 'max_per_second', 'max_in_flight', 'timeout_seconds', 'retry_schedule_seconds'],
]
const review = steps.length - 1

/** An endpoint, made in steps. What was typed in one stays while one goes to another. */
export function NewEndpointPage() {
  const { id: workspace } = useWorkspace()
  const client = useQueryClient()
  const [step, setStep] = useState(0)
  const [created, setCreated] = useState<NewEndpoint | null>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const shown = useRef(0)
  // Whoever uses a keyboard or hears the page goes on where the step begins.
  useLayoutEffect(() => {
    if (step !== shown.current) heading.current?.focus()
    shown.current = step
  }, [step])
  const form = useForm<EndpointDraft>(emptyDraft, draftFields, async (draft) => {
    try {
      setCreated(await api.endpoints.create(toRequest(draft), { workspace }))
      await client.invalidateQueries({ queryKey: ['endpoints', workspace] })
    } catch (error) {
      const paths = error instanceof ApiError ? error.errors.map(({ path }) => path.split('.')[0] ?? '') : []
      const faulty = fieldsOfSteps.findIndex((fields) => fields.some((field) => paths.includes(field)))
      if (faulty >= 0) setStep(faulty)
      throw error
    }
  })
  if (created) return <CreatedEndpoint endpoint={created} />

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (step === review) form.submit(event)
    else setStep(step + 1)
  }
  return (
    <Page title="New endpoint">
      <ol className="flex flex-wrap gap-1 text-sm" aria-label="Steps">
        {steps.map((label, index) => (
          <li key={label}>
            <button
              type="button"
              aria-current={index === step ? 'step' : undefined}
              className={`rounded-md px-3 py-1.5 ${index === step ? 'bg-accent-soft font-medium text-accent' : 'text-dim hover:bg-hover'}`}
              onClick={() => setStep(index)}
            >
              {index + 1}. {label}
            </button>
          </li>
        ))}
      </ol>
      <form className="flex max-w-2xl flex-col gap-5" onSubmit={submit} noValidate>
        <h2 ref={heading} tabIndex={-1} className="font-semibold text-base outline-none">
          {steps[step]}
        </h2>
        {step === 0 && <WhereStep form={form} isNew />}
        {step === 1 && <WhatStep form={form} />}
        {step === 2 && <HowStep form={form} />}
        {step === review && <Review draft={form.values} />}
        {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
        <div className="flex gap-2">
          {step > 0 && <Button onClick={() => setStep(step - 1)}>Back</Button>}
          <Button type="submit" look="primary" isBusy={form.isBusy}>
            {step === review ? 'Create endpoint' : 'Next'}
          </Button>
        </div>
      </form>
    </Page>
  )
}

function Review({ draft }: { draft: EndpointDraft }) {
  return (
    <Section title={draft.description || 'The new endpoint'}>
      <Facts
        facts={[
          ['URL', draft.url || <span className="text-bad">missing</span>],
          ['Format', draft.profile],
          ['Event types', draft.types.length === 0 ? 'All' : draft.types.join(', ')],
          ['Filter', draft.filter.trim() === '' ? 'None' : <code key="filter">{draft.filter}</code>],
          ['Tags', draft.tags.trim() === '' ? 'All' : draft.tags],
          ['Order', draft.serialize ? 'Strict' : 'As fast as it goes'],
          ['Rate', draft.max_per_second === '' ? 'No limit' : `${draft.max_per_second} requests a second`],
        ]}
      />
    </Section>
  )
}
