import type { EventDetails } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { endpointLabel, useEndpoints } from '../../api/use-endpoints.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { Field, Select } from '../../parts/field.tsx'
import { toast } from '../../parts/toast.ts'

/** Sends an event again: to all endpoints that it went to, or to one, even if it did not go there before. */
export function ReplayDialog({
  event,
  close,
  done,
}: {
  event: EventDetails
  close: () => void
  done: () => Promise<void>
}) {
  const { id: workspace } = useWorkspace()
  const endpoints = useEndpoints().filter(({ stream }) => stream === 'events')
  const [endpoint, setEndpoint] = useState('')
  return (
    <Confirm
      title="Replay this event"
      action="Replay"
      isOpen
      close={close}
      run={async () => {
        await api.events.replay(event.id, endpoint === '' ? {} : { endpoint }, { workspace })
        toast('The event is sent again.')
        await done()
      }}
    >
      <Field label="To" hint="Its id and sequence stay the same, so receivers can tell that they have seen it.">
        <Select value={endpoint} onChange={(change) => setEndpoint(change.target.value)}>
          <option value="">All endpoints that it went to ({event.deliveries.length})</option>
          {endpoints.map((each) => (
            <option key={each.id} value={each.id}>
              {endpointLabel(each)}
            </option>
          ))}
        </Select>
      </Field>
    </Confirm>
  )
}
