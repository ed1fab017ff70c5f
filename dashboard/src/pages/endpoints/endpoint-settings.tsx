import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Section } from '../../parts/page.tsx'
import { toast } from '../../parts/toast.ts'
import { Unsaved } from '../../parts/unsaved.tsx'
import { useForm } from '../../parts/use-form.ts'
import { DeliveryFields } from './form/delivery-fields.tsx'
import { changesOf, type EndpointValues, endpointFields, valuesOf } from './form/endpoint-values.ts'
import { Review } from './form/review.tsx'
import { SelectionFields } from './form/selection-fields.tsx'
import { TargetFields } from './form/target-fields.tsx'

/** The settings of an endpoint, to be read, and to be changed by whoever may. */
export function EndpointSettings({ endpoint }: { endpoint: Endpoint }) {
  const { can } = useWorkspace()
  // As it was when the editing began: what happens to the endpoint meanwhile must not touch what is being typed.
  const [edited, setEdited] = useState<Endpoint | null>(null)
  const mayEdit = can('manage') && !endpoint.tunnel
  return (
    <Section title="Settings" actions={mayEdit && !edited && <Button onClick={() => setEdited(endpoint)}>Edit</Button>}>
      <div className="flex max-w-4xl flex-col gap-4">
        {edited ? <Editing endpoint={edited} leave={() => setEdited(null)} /> : <Review values={valuesOf(endpoint)} />}
        {endpoint.tunnel && <p className="text-dim">What a tunnel gets is said by its CLI.</p>}
      </div>
    </Section>
  )
}

function Editing({ endpoint, leave }: { endpoint: Endpoint; leave: () => void }) {
  const { id: workspace } = useWorkspace()
  const client = useQueryClient()
  const form = useForm<EndpointValues>(valuesOf(endpoint), endpointFields, async (values) => {
    await api.endpoints.update(endpoint.id, changesOf(endpoint, values), { workspace })
    await client.invalidateQueries({ queryKey: ['endpoints', workspace] })
    toast('Saved. Deliveries that wait are sent with these settings.')
    leave()
  })
  return (
    <form className="flex flex-col gap-5" onSubmit={form.submit} noValidate>
      <Unsaved isTyped={form.isTyped} />
      <TargetFields form={form} isNew={false} />
      <SelectionFields form={form} />
      <DeliveryFields form={form} />
      {form.failure && <Notice kind="bad">{form.failure}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onClick={leave}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={form.isBusy}>
          Save
        </Button>
      </div>
    </form>
  )
}
