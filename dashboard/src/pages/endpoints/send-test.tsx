import type { Endpoint, TestResult } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Send } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { useEventTypeNames } from '../../api/use-event-types.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Field } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Section } from '../../parts/page.tsx'
import { SuggestedInput } from '../../parts/suggested-input.tsx'
import { showDuration } from '../../parts/time.tsx'
import { useForm } from '../../parts/use-form.ts'
import { explainAttempt } from '../deliveries/attempt-error.ts'
import { streamOf, wordsOf } from './stream.ts'

const told = {
  events: {
    label: 'Event type',
    hint: 'Its example in the catalog is sent. Tests are outside of the numbering.',
  },
  audit: {
    label: 'Type',
    hint: 'An example of an entry is sent, which is in no log.',
  },
} as const

/** Sends a test to an endpoint, and shows what came of it at once. */
export function SendTest({ endpoint }: { endpoint: Pick<Endpoint, 'id' | 'stream'> }) {
  const { id: workspace } = useWorkspace()
  const stream = streamOf(endpoint)
  const { label, hint } = told[stream]
  const names = useEventTypeNames(stream)
  const usual = stream === 'events' ? 'atlas.test' : names.find((name) => name.endsWith('.webhook.tested'))
  const [result, setResult] = useState<TestResult | null>(null)
  const form = useForm({ type: '' }, ['type'], async ({ type }) => {
    setResult(null)
    setResult(await api.endpoints.test(endpoint.id, type.trim() === '' ? {} : { type: type.trim() }, { workspace }))
  })
  return (
    <Section title="Send a test">
      <form className="flex flex-wrap items-start gap-2" onSubmit={form.submit} noValidate>
        <Field label={label} hint={hint} error={form.error('type')} className="grow basis-60">
          <div className="flex gap-2">
            <SuggestedInput
              value={form.values.type}
              names={names}
              placeholder={usual ?? ''}
              onChange={(event) => form.set('type', event.target.value)}
            />
            <Button type="submit" isBusy={form.isBusy}>
              <Send aria-hidden className="size-4" />
              Send test
            </Button>
          </div>
        </Field>
      </form>
      <div aria-live="polite" className="mt-3 flex flex-col gap-3 empty:hidden">
        {form.failure && <Notice kind="bad">{form.failure}</Notice>}
        {result && form.failure === null && <Result result={result} endpoint={wordsOf(endpoint).endpoint} />}
      </div>
    </Section>
  )
}

/** The answer as text: what a receiver sends is never taken for markup. */
function Result({ result, endpoint }: { result: TestResult; endpoint: string }) {
  const { ok, status, duration_ms: duration, response, error_detail: detail } = result
  const told = explainAttempt(result)
  const isMore = detail !== null && !told?.what.toLowerCase().startsWith(detail.toLowerCase())
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
            {told.what} {isMore && <span dir="auto">({detail})</span>}
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
