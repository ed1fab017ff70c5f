import type { Endpoint, TestResult } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useMutation } from '@tanstack/react-query'
import { Send } from 'lucide-react'
import { useId, useState } from 'react'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { useWorkspace } from '../../api/me.ts'
import { useEventTypeNames } from '../../api/use-event-types.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Section } from '../../parts/page.tsx'
import { showDuration } from '../../parts/time.tsx'
import { explainAttempt } from '../deliveries/attempt-error.ts'
import { streamOf, wordsOf } from './stream.ts'

const told = {
  events: {
    label: 'Event type',
    hint: 'Its example in the catalog is sent. Tests are outside of the numbering.',
    placeholder: 'atlas.test',
  },
  audit: {
    label: 'Type',
    hint: 'An example of an entry is sent, which is in no log.',
    placeholder: 'pro.atmos.webhook.tested',
  },
} as const

/** Sends a test to an endpoint, and shows what came of it at once. */
export function SendTest({ endpoint }: { endpoint: Pick<Endpoint, 'id' | 'stream'> }) {
  const { id: workspace } = useWorkspace()
  const stream = streamOf(endpoint)
  const { label, hint, placeholder } = told[stream]
  const names = useEventTypeNames(stream)
  const list = useId()
  const [type, setType] = useState('')
  const send = useMutation({
    mutationFn: () => api.endpoints.test(endpoint.id, type.trim() === '' ? {} : { type: type.trim() }, { workspace }),
  })
  return (
    <Section title="Send a test">
      <form
        className="flex flex-wrap items-start gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (!send.isPending) send.mutate()
        }}
      >
        <Field label={label} hint={hint} className="grow basis-60">
          <div className="flex gap-2">
            <Input
              value={type}
              list={list}
              placeholder={placeholder}
              spellCheck={false}
              onChange={(event) => setType(event.target.value)}
            />
            <Button type="submit" isBusy={send.isPending}>
              <Send aria-hidden className="size-4" />
              Send test
            </Button>
          </div>
        </Field>
        <datalist id={list}>
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </form>
      <div aria-live="polite" className="mt-3 flex flex-col gap-3 empty:hidden">
        {send.error && <Notice kind="bad">{explain(send.error)}</Notice>}
        {send.data && <Result result={send.data} endpoint={wordsOf(endpoint).endpoint} />}
      </div>
    </Section>
  )
}

/** The answer as text: what a receiver sends is never taken for markup. */
function Result({ result, endpoint }: { result: TestResult; endpoint: string }) {
  const { ok, status, duration_ms: duration, response, error_detail: detail } = result
  const told = explainAttempt(result)
  const headers = Object.entries(response?.headers ?? {}).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}`),
  )
  return (
    <>
      <p className="flex items-center gap-2">
        <Badge tone={ok ? 'good' : 'bad'}>{status ?? result.error ?? 'failed'}</Badge>
        {ok ? `The ${endpoint} took the test` : 'The test failed'}
        <span className="text-dim">after {showDuration(duration)}</span>
      </p>
      {told && (
        <Notice kind="bad">
          <p>
            {told.what} {detail && <span dir="auto">({detail})</span>}
          </p>
          <p>{told.advice}</p>
        </Notice>
      )}
      {headers.length > 0 && <Code text={headers.join('\n')} label="Response headers" />}
      {response && response.body !== '' && <Code text={response.body} label="Response body" />}
      {response?.truncated && <p className="text-dim">The rest of the body was not read.</p>}
    </>
  )
}
