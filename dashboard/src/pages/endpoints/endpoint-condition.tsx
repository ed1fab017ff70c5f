import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import type { ReactNode } from 'react'
import { Notice } from '../../parts/notice.tsx'
import { Time } from '../../parts/time.tsx'
import { explainError } from '../deliveries/attempt-error.ts'
import { wordsOf } from './stream.ts'

const alerts = {
  dead_letters: 'Deliveries were given up after their last retry.',
  paused: 'Deliveries were given up and nothing succeeded meanwhile, so it was paused.',
  gone: 'The receiver answered 410, that it is gone for good, so it was paused.',
} as const

/** What is not as it should be, why, and what to do. */
export function EndpointCondition({ endpoint }: { endpoint: Endpoint }) {
  const { status, status_reason: reason, alert, tunnel } = endpoint
  const { events } = wordsOf(endpoint)
  return (
    <>
      {alert && (
        <Notice kind="bad">
          <p>
            {alerts[alert.reason]} Since <Time at={alert.opened_at} />.
          </p>
          <LastFailure endpoint={endpoint} />
          <p>
            Mend the receiver, send a test, {status === 'paused' ? 'resume, and redeliver' : 'and redeliver'} what was
            missed.
          </p>
        </Notice>
      )}
      {status === 'paused' && (
        <Notice kind="warn">
          Paused{told(reason)}. New {events} wait, held, and are delivered when it is resumed.
        </Notice>
      )}
      {status === 'disabled' && (
        <Notice kind="info">
          Disabled{told(reason)}. No {events} are queued for it
          {tunnel ? '; its CLI opens it again.' : ' until it is enabled.'}
        </Notice>
      )}
    </>
  )
}

function told(reason: string | null): ReactNode {
  return reason === null ? '' : <span dir="auto"> ({reason})</span>
}

function LastFailure({ endpoint: { last_failure: last } }: { endpoint: Endpoint }) {
  if (!last?.error) return null
  const { what, advice } = explainError(last.error, last.status)
  return (
    <p>
      Last failure, <Time at={last.at} />: {what} {advice}
    </p>
  )
}
