import type { TestResult } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Code } from '../../parts/code.tsx'
import { Notice } from '../../parts/notice.tsx'
import { showDuration } from '../../parts/time.tsx'

/** What a destination said to a test. */
export function TestAnswer({ answer }: { answer: TestResult }) {
  const { ok, status, duration_ms: took, error, error_detail: detail, response } = answer
  const why = detail ?? error ?? 'it failed'
  const body = response?.body ?? ''
  return (
    <div role="status" className="flex flex-col gap-2">
      <Notice kind={ok ? 'good' : 'bad'}>
        {ok
          ? `The test was taken: ${status} in ${showDuration(took)}.`
          : `The test failed after ${showDuration(took)}: ${why}.`}
      </Notice>
      {body !== '' && <Code text={body} label="What it answered" />}
    </div>
  )
}
