import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { useWorkspace } from '../../api/me.ts'
import { useEventTypeNames } from '../../api/use-event-types.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Field, Select } from '../../parts/field.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Notice } from '../../parts/notice.tsx'
import { showDuration } from '../../parts/time.tsx'
import { explainAttempt } from '../deliveries/attempt-error.ts'

/** Sends a test event at once, and shows what was answered. */
export function EndpointTest({ endpoint }: { endpoint: Endpoint }) {
  const { id: workspace } = useWorkspace()
  const types = useEventTypeNames()
  const [type, setType] = useState('')
  const test = useMutation({
    mutationFn: () => api.endpoints.test(endpoint.id, type === '' ? {} : { type }, { workspace }),
  })
  const { data: result } = test
  const told = result && explainAttempt({ error: result.error, response: result.response })
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-2">
        <Field label="Event type" className="w-72">
          <Select value={type} onChange={(event) => setType(event.target.value)}>
            <option value="">atlas.test</option>
            {types.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Select>
        </Field>
        <Button isBusy={test.isPending} onClick={() => test.mutate()}>
          Send a test
        </Button>
      </div>
      <div aria-live="polite" className="flex flex-col gap-3">
        {test.error && <Notice kind="bad">{explain(test.error)}</Notice>}
        {result && (
          <p className="flex flex-wrap items-center gap-2">
            <Badge tone={result.ok ? 'good' : 'bad'}>{result.ok ? 'Delivered' : 'Failed'}</Badge>
            {result.status !== null && <span>answered {result.status}</span>}
            <span className="text-dim">after {showDuration(result.duration_ms)}</span>
          </p>
        )}
        {told && (
          <Notice kind="bad">
            <p>{told.what}</p>
            <p>{told.advice}</p>
          </Notice>
        )}
        {result?.response && (
          <>
            <Code
              text={Object.entries(result.response.headers)
                .flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`))
                .join('\n')}
              label="Response headers"
            />
            {result.response.body !== '' && <JsonView text={result.response.body} label="Response body" />}
          </>
        )}
      </div>
    </div>
  )
}
