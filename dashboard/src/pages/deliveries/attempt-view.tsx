import type { Attempt } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Badge } from '../../parts/badge.tsx'
import { Code } from '../../parts/code.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Notice } from '../../parts/notice.tsx'
import { showDuration, Time } from '../../parts/time.tsx'
import { toCurl } from './attempt-curl.ts'
import { explainAttempt } from './attempt-error.ts'
import { phasesOf } from './attempt-phases.ts'
import { AttemptPhasesBar } from './attempt-phases-bar.tsx'

/** One attempt of a delivery: closed a line, open all that was sent and answered. */
export function AttemptView({ attempt, isOpen }: { attempt: Attempt; isOpen: boolean }) {
  const { number, at, duration_ms: duration, outcome, response, error, batch } = attempt
  const isSuccess = outcome === 'success'
  return (
    <li className="relative border-l-2 pb-4 pl-5 last:pb-0">
      <span
        aria-hidden
        className={`absolute top-1.5 -left-[7px] size-3 rounded-full ${isSuccess ? 'bg-good' : 'bg-bad'}`}
      />
      <details open={isOpen} className="rounded-md border bg-raised">
        <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 hover:bg-hover">
          <span className="font-medium">Attempt {number}</span>
          <Badge tone={isSuccess ? 'good' : 'bad'}>{response ? response.status : (error ?? 'failed')}</Badge>
          <span className="text-dim">{showDuration(duration)}</span>
          {batch && <span className="text-dim">in a batch of {batch.deliveries}</span>}
          <span className="ml-auto text-dim">
            <Time at={at} />
          </span>
        </summary>
        <div className="flex flex-col gap-4 border-t p-3">
          <Why attempt={attempt} />
          <AttemptPhasesBar phases={phasesOf(attempt)} />
          <Request attempt={attempt} />
          <Answer attempt={attempt} />
        </div>
      </details>
    </li>
  )
}

function Why({ attempt }: { attempt: Attempt }) {
  const told = explainAttempt(attempt)
  if (!told) return null
  return (
    <Notice kind="bad">
      <p>
        {told.what}{' '}
        {attempt.error_detail && attempt.error !== 'status' && <span dir="auto">({attempt.error_detail})</span>}
      </p>
      <p>{told.advice}</p>
    </Notice>
  )
}

function Request({ attempt: { request } }: { attempt: Attempt }) {
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold">Request</h3>
        <CopyButton text={toCurl(request)} label="Copy as curl" />
      </div>
      <p className="break-all font-mono text-xs">
        {request.method} {request.url}
      </p>
      <Headers headers={request.headers} label="Request headers" />
      {request.body !== null && <JsonView text={request.body} label="Request body" />}
    </section>
  )
}

function Answer({ attempt: { response } }: { attempt: Attempt }) {
  if (!response) return null
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <h3 className="font-semibold">Response {response.status}</h3>
      <Headers headers={response.headers} label="Response headers" />
      {response.body !== '' && <JsonView text={response.body} label="Response body" />}
      {response.truncated && <p className="text-dim">The rest of the body was not read.</p>}
    </section>
  )
}

function Headers({ headers, label }: { headers: Readonly<Record<string, unknown>>; label: string }) {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`))
  if (lines.length === 0) return null
  return <Code text={lines.join('\n')} label={label} />
}
