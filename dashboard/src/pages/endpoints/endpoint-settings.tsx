import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Notice } from '../../parts/notice.tsx'
import { toast } from '../../parts/toast.tsx'
import { useForm } from '../../parts/use-form.ts'
import { changeBetween, draftFields, draftOf } from './form/draft.ts'
import { HowStep } from './form/how-step.tsx'
import { WhatStep } from './form/what-step.tsx'
import { WhereStep } from './form/where-step.tsx'

/** What it was created with; for who may, to be changed. A form that is being filled in is not touched by news. */
export function EndpointSettings({ endpoint }: { endpoint: Endpoint }) {
  const { id: workspace, can } = useWorkspace()
  const client = useQueryClient()
  const [before, setBefore] = useState(() => draftOf(endpoint))
  const form = useForm(before, draftFields, async (draft) => {
    const changed = await api.endpoints.update(endpoint.id, changeBetween(before, draft), { workspace })
    client.setQueryData(['endpoint', workspace, endpoint.id], changed)
    setBefore(draftOf(changed))
    toast('Saved.')
    await client.invalidateQueries({ queryKey: ['endpoints', workspace] })
  })
  return (
    <form className="flex max-w-2xl flex-col gap-5" onSubmit={form.submit} noValidate>
      <fieldset disabled={!can('manage')} className="flex min-w-0 flex-col gap-5">
        <WhereStep form={form} isNew={false} />
        <WhatStep form={form} />
        <HowStep form={form} />
      </fieldset>
      {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
      {can('manage') && (
        <div>
          <Button type="submit" look="primary" isBusy={form.isBusy}>
            Save
          </Button>
        </div>
      )}
    </form>
  )
}
