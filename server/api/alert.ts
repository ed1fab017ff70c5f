import { type Static, Type } from 'typebox'
import { type AlertReason, alertStates } from '../domain/alert.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { type AlertWithMails, listAlerts } from '../storage/alert.ts'
import { ErrorCode, ErrorDetail } from './attempt-answer.ts'
import { QueryReader } from './field.ts'
import { pageOf, pageQuery, readPage, writePage } from './page.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { choice, nullable, Time } from './schema.ts'
import type { Services } from './services.ts'

export const alertReason = choice<AlertReason>(
  ['dead_letters', 'paused', 'gone'],
  'dead_letters: deliveries were given up. paused: and the endpoint was paused, since nothing had succeeded meanwhile. gone: it was paused since it answered 410.',
)
const State = choice(
  alertStates,
  'recovered: something succeeded after the last trouble. closed: the endpoint was deleted.',
)

const AlertAnswer = Type.Object(
  {
    id: Type.String({ examples: ['alr_01h455vb4pex5vsknk084sn02q'] }),
    endpoint: Type.String({ examples: ['ep_01h455vb4pex5vsknk084sn02q'] }),
    state: State,
    reason: alertReason,
    opened_at: Time,
    recovered_at: nullable(Time),
    times_opened: Type.Integer({
      description: 'Trouble again within an hour of a recovery goes on with the same alert, and is counted here.',
    }),
    dead_lettered: Type.Integer({ description: 'Deliveries that became dead letters in this time.' }),
    last_error: nullable(
      Type.Object({ at: Time, error: ErrorCode, error_detail: ErrorDetail, status: nullable(Type.Integer()) }),
      { description: 'The last failed attempt at the time of the last trouble.' },
    ),
    mails: Type.Object({
      sent: Type.Integer({ description: 'One for each address counts.' }),
      waiting: Type.Integer({ description: 'To be sent, or to be tried again.' }),
      last_sent_at: nullable(Time),
      last_error: nullable(Type.Object({ at: Time, address: Type.String(), error: Type.String() }), {
        description: 'Of the last try that failed, whatever came after it.',
      }),
    }),
  },
  { title: 'Alert' },
)

function show({ mails, ...alert }: AlertWithMails): Static<typeof AlertAnswer> {
  const [failure] = alert.failures
  return {
    id: toTypeId(idPrefix.alert, alert.id),
    endpoint: toTypeId(idPrefix.endpoint, alert.endpointId),
    state: alert.state,
    reason: alert.reason,
    opened_at: alert.openedAt.toISOString(),
    recovered_at: alert.state === 'recovered' ? (alert.endedAt?.toISOString() ?? null) : null,
    times_opened: alert.timesOpened,
    dead_lettered: alert.deadLettered,
    last_error: failure
      ? {
          ...{ at: failure.at.toISOString(), error: failure.error },
          ...{ error_detail: failure.detail, status: failure.status },
        }
      : null,
    mails: {
      sent: mails.sent,
      waiting: mails.waiting,
      last_sent_at: mails.lastSentAt?.toISOString() ?? null,
      last_error: mails.lastFailure && { ...mails.lastFailure, at: mails.lastFailure.at.toISOString() },
    },
  }
}

export function alertRoutes({ database }: Services): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/alerts',
      scope: 'read',
      tag: 'Alerts',
      summary: 'List alerts',
      description: 'Periods in which an endpoint is, or was, in trouble.',
      query: Type.Object(
        {
          ...pageQuery,
          endpoint: Type.Optional(Type.String({ description: 'The id of an endpoint.' })),
          state: Type.Optional(State),
        },
        { additionalProperties: false },
      ),
      responses: { 200: { description: 'A page of alerts, newest first.', schema: pageOf(AlertAnswer) } },
      async handle({ query, workspace }) {
        const page = readPage(query)
        const reader = new QueryReader()
        const endpointId = reader.id(idPrefix.endpoint, 'endpoint', query.endpoint)
        reader.finish()
        const rows = await listAlerts(database, {
          ...{ workspaceId: workspace.workspace.id, endpointId, state: query.state ?? null },
          ...{ before: page.before, limit: page.limit + 1 },
        })
        return ok(writePage(rows, page, show))
      },
    }),
  ]
}
