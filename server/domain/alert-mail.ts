import type { Alert, MailKind } from './alert.ts'
import type { EndpointFailure, EndpointStatus } from './endpoint.ts'
import { maskUrl } from './endpoint-url.ts'
import { idPrefix, toTypeId } from './identifier.ts'
import { line, type MailDraft, type MailText, renderMail, timeInMail } from './mail-layout.ts'

/** What a mail about an alert says. */
export interface AlertFacts {
  readonly alert: Alert
  readonly kind: MailKind
  readonly endpoint: {
    readonly url: string
    readonly description: string
    readonly status: EndpointStatus
    readonly lastSuccessAt: Date | null
  }
  readonly workspace: { readonly name: string }
  /** Deliveries that wait, counted up to some limit. */
  readonly waiting: { readonly count: number; readonly more: boolean }
  /** What the last mail that was sent has told of; null: none was. */
  readonly told: { readonly at: Date; readonly deadLettered: number } | null
  /** Where people find more. */
  readonly link: string
}

const longestName = 100
const longestText = 300

/** The mail about an alert: subject, text and HTML with the same content. */
export function renderAlertMail(facts: AlertFacts): MailText {
  return renderMail(draftOf(facts))
}

function draftOf(facts: AlertFacts): MailDraft {
  const { alert, endpoint, workspace, link } = facts
  const name = line(endpoint.description || new URL(endpoint.url).host, longestName)
  const heading = headingOf(facts)
  return {
    heading,
    subject: `${heading}: ${name}`,
    paragraphs: paragraphsOf(facts),
    facts: [
      ['Endpoint', name],
      ['URL', line(maskUrl(endpoint.url), longestText)],
      ['Id', toTypeId(idPrefix.endpoint, alert.endpointId)],
      ['Workspace', line(workspace.name, longestName)],
      ['Status', endpoint.status],
      ['In trouble since', timeInMail(alert.openedAt)],
      ...(alert.state === 'recovered' && alert.endedAt ? [['Recovered', timeInMail(alert.endedAt)] as const] : []),
      ['Last success', endpoint.lastSuccessAt ? timeInMail(endpoint.lastSuccessAt) : 'none yet'],
      ['Dead letters', deadLetters(facts)],
      ['Waiting deliveries', waiting(facts)],
    ],
    list: { title: 'Last errors', lines: alert.failures.map(failure) },
    action: { link, text: 'More', button: 'Look at the endpoint' },
    footer:
      'You get this because your address is among the alert_emails of the workspace. About an endpoint in trouble there is at most one mail an hour, and one when it has recovered.',
    tone: alert.state === 'recovered' ? 'good' : 'bad',
  }
}

function headingOf({ kind, alert, told }: AlertFacts): string {
  if (kind === 'recovered') return 'Endpoint recovered'
  // Whoever got none of the mails before needs to hear what happened first.
  if (kind === 'digest' && told)
    return alert.state === 'open' ? 'Endpoint still in trouble' : 'Endpoint was in trouble again'
  return alert.reason === 'dead_letters' ? 'Deliveries given up' : 'Endpoint paused'
}

function paragraphsOf({ kind, alert, told }: AlertFacts): string[] {
  const again = 'Dead letters stay visible for as long as deliveries are kept, and can be replayed.'
  const takes = 'The endpoint takes deliveries again.'
  if (kind === 'recovered') return [`${takes} ${alert.deadLettered > 0 ? again : ''}`.trim()]
  const times = alert.timesOpened > 1 ? ` It was in trouble ${alert.timesOpened} times since this began.` : ''
  const digest = kind === 'digest' && told ? [`This is what has happened since the last mail.${times}`] : []
  const held =
    'Its events are held, and flow when it is resumed. Once it is mended, resume it, and replay its dead letters.'
  const reasons = {
    gone: `The endpoint answered 410 Gone, which says that it wants no more, so it was paused. ${held}`,
    paused: `A delivery was given up, and none has succeeded since its first attempt, so the endpoint was paused. ${held}`,
    dead_letters: `Deliveries were given up: their retries are used up, or the endpoint refused them for good. ${again}`,
  }
  return [...digest, reasons[alert.reason], ...(alert.state === 'recovered' ? [takes] : [])]
}

function deadLetters({ alert, told }: AlertFacts): string {
  const fresh = told ? alert.deadLettered - told.deadLettered : 0
  const since = told && fresh > 0 ? `, ${number(fresh)} of them since the mail of ${timeInMail(told.at)}` : ''
  return number(alert.deadLettered) + since
}

function waiting({ waiting: { count, more } }: AlertFacts): string {
  return more ? `more than ${number(count)}` : number(count)
}

function failure({ at, error, detail, status }: EndpointFailure): string {
  const cause = detail ?? (status === null ? 'no answer' : `the answer was ${status}`)
  return line(`${timeInMail(at)}: ${cause}${error === null ? '' : ` (${error})`}`, longestText)
}

function number(value: number): string {
  return value.toLocaleString('en')
}
