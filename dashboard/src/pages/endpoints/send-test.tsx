import type { TestResult } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
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

/** Sends a test event to an endpoint, and shows what came of it at once. */
export function SendTest({ endpoint }: { endpoint: string }) {
  const { id: workspace } = useWorkspace()
  const names = useEventTypeNames()
  const list = useId()
  const [type, setType] = useState('')
  const send = useMutation({
    mutationFn: () => api.endpoints.test(endpoint, type.trim() === '' ? {} : { type: type.trim() }, { workspace }),
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
        <Field
          label="Event type"
          hint="Its example in the catalog is sent. Tests are outside of the numbering."
          className="grow basis-60"
        >
          <div className="flex gap-2">
            <Input
              value={type}
              list={list}
              placeholder="atlas.test"
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
        {send.data && <Result result={send.data} />}
      </div>
    </Section>
  )
}

/** The answer as text: what a receiver sends is never taken for markup. */
function Result({ result }: { result: TestResult }) {
  const { ok, status, duration_ms: duration, response, error_detail: detail } = result
  const told = explainAttempt(result)
  const headers = Object.entries(response?.headers ?? {}).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}`),
  )
  return (
    <>
      <p className="flex items-center gap-2">
        <Badge tone={ok ? 'good' : 'bad'}>{status ?? result.error ?? 'failed'}</Badge>
        {ok ? 'The endpoint took the test' : 'The test failed'}
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
