import { type Static, Type } from 'typebox'
import type { Alert } from '../domain/alert.ts'
import type { Endpoint, EndpointHealth } from '../domain/endpoint.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { openAlertsOf } from '../storage/alert.ts'
import { type EndpointBacklog, endpointBacklogs } from '../storage/backlog.ts'
import type { Queryable } from '../storage/database.ts'
import { endpointHealth } from '../storage/endpoint-health.ts'
import { alertReason } from './alert.ts'
import { ErrorCode, ErrorDetail } from './attempt-answer.ts'
import { backlogAnswer, showBacklog } from './backlog-answer.ts'
import { nullable, Time } from './schema.ts'

const backlogLimit = 1_000

/** How the deliveries of an endpoint fare. Tests do not count. */
export const deliveryStatus = {
  last_delivery: nullable(Type.Object({ at: Time, state: Type.String(), status: nullable(Type.Integer()) }), {
    description: 'What came of the last attempt of a delivery; null: there was none. Tests do not count.',
  }),
  last_success_at: nullable(Time),
  last_failure: nullable(
    Type.Object({ at: Time, error: ErrorCode, error_detail: ErrorDetail, status: nullable(Type.Integer()) }),
    { description: 'The last attempt that failed, whatever came after it.' },
  ),
  backlog: backlogAnswer(backlogLimit),
  alert: nullable(Type.Object({ id: Type.String(), reason: alertReason, opened_at: Time }), {
    description: 'Set while the endpoint is in trouble.',
  }),
}
const DeliveryStatus = Type.Object(deliveryStatus)

/** What `showDeliveryStatus` needs to know; nothing of it: the endpoint is new. */
export interface EndpointCondition {
  readonly health?: EndpointHealth | undefined
  readonly backlog?: EndpointBacklog | undefined
  readonly alert?: Alert | undefined
}

/** How each of the endpoints fares, in the same order. */
export async function conditionsOf(
  database: Queryable,
  endpoints: readonly Pick<Endpoint, 'id'>[],
): Promise<EndpointCondition[]> {
  const ids = endpoints.map(({ id }) => id)
  const [health, backlogs, alerts] = await Promise.all([
    endpointHealth(database, ids),
    endpointBacklogs(database, ids, backlogLimit),
    openAlertsOf(database, ids),
  ])
  return ids.map((id) => ({ health: health.get(id), backlog: backlogs.get(id), alert: alerts.get(id) }))
}

export function showDeliveryStatus({ health, backlog, alert }: EndpointCondition): Static<typeof DeliveryStatus> {
  const [failure] = health?.failures ?? []
  return {
    last_delivery: health?.lastAttemptAt
      ? { at: health.lastAttemptAt.toISOString(), state: health.lastState ?? '', status: health.lastStatus }
      : null,
    last_success_at: health?.lastSuccessAt?.toISOString() ?? null,
    last_failure: failure
      ? {
          ...{ at: failure.at.toISOString(), error: failure.error },
          ...{ error_detail: failure.detail, status: failure.status },
        }
      : null,
    backlog: showBacklog(backlog ?? { count: 0, more: false, oldestDueAt: null }),
    alert: alert
      ? { id: toTypeId(idPrefix.alert, alert.id), reason: alert.reason, opened_at: alert.openedAt.toISOString() }
      : null,
  }
}
