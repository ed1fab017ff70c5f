import type { Alert, MailKind } from './alert.ts'
import type { EndpointFailure, EndpointStatus } from './endpoint.ts'
import { maskUrl } from './endpoint-url.ts'
import { idPrefix, toTypeId } from './identifier.ts'

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

/** A mail before it is told how it looks: everything in it is plain text, and a line at the most. */
interface Draft {
  readonly heading: string
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly failures: readonly string[]
  readonly link: string
  readonly footer: string
  readonly good: boolean
}

const longestName = 100
const longestText = 300

/** The mail about an alert: subject, text and HTML with the same content. */
export function renderAlertMail(facts: AlertFacts): { subject: string; text: string; html: string } {
  const draft = draftOf(facts)
  return { subject: draft.subject, text: asText(draft), html: asHtml(draft) }
}

function draftOf(facts: AlertFacts): Draft {
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
      ['In trouble since', time(alert.openedAt)],
      ...(alert.state === 'recovered' && alert.endedAt ? [['Recovered', time(alert.endedAt)] as const] : []),
      ['Last success', endpoint.lastSuccessAt ? time(endpoint.lastSuccessAt) : 'none yet'],
      ['Dead letters', deadLetters(facts)],
      ['Waiting deliveries', waiting(facts)],
    ],
    failures: alert.failures.map(failure),
    link,
    footer:
      'You get this because your address is among the alert_emails of the workspace. About an endpoint in trouble there is at most one mail an hour, and one when it has recovered.',
    good: alert.state === 'recovered',
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
  const since = told && fresh > 0 ? `, ${number(fresh)} of them since the mail of ${time(told.at)}` : ''
  return number(alert.deadLettered) + since
}

function waiting({ waiting: { count, more } }: AlertFacts): string {
  return more ? `more than ${number(count)}` : number(count)
}

function failure({ at, error, detail, status }: EndpointFailure): string {
  const cause = detail ?? (status === null ? 'no answer' : `the answer was ${status}`)
  return line(`${time(at)}: ${cause}${error === null ? '' : ` (${error})`}`, longestText)
}

function time(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function number(value: number): string {
  return value.toLocaleString('en')
}

/**
 * What strangers wrote, on one line: it must neither begin a header or a line of its own, nor turn the direction of what
 * stands behind it.
 */
function line(text: string, longest: number): string {
  const flat = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  const letters = Array.from(flat)
  return letters.length <= longest ? flat : `${letters.slice(0, longest - 1).join('')}…`
}

function asText(draft: Draft): string {
  const width = Math.max(...draft.facts.map(([name]) => name.length)) + 2
  const facts = draft.facts.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}`)
  const failures =
    draft.failures.length === 0 ? [] : [`Last errors:\n${draft.failures.map((f) => `- ${f}`).join('\n')}`]
  return `${[...draft.paragraphs, facts.join('\n'), ...failures, `More: ${draft.link}`, `-- \n${draft.footer}`].join('\n\n')}\n`
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => escapes[letter] ?? '')
}

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const cell = 'padding:6px 0;vertical-align:top;border-bottom:1px solid #e5e7eb'

function asHtml({ heading, paragraphs, facts, failures, link, footer, good }: Draft): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><td style="${cell};color:#6b7280;white-space:nowrap;padding-right:16px">${escaped(name)}</td>` +
      `<td style="${cell};word-break:break-word">${escaped(value)}</td></tr>`,
  )
  const list = failures.map((text) => `<li style="margin:4px 0;word-break:break-word">${escaped(text)}</li>`)
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(heading)}</title></head>
<body style="margin:0;padding:24px;background:#f3f4f6;${font};font-size:15px;line-height:1.5;color:#111827">
<div style="max-width:600px;margin:0 auto;padding:24px;background:#ffffff;border-top:4px solid ${good ? '#16a34a' : '#dc2626'}">
<h1 style="margin:0 0 16px;font-size:20px">${escaped(heading)}</h1>
${paragraphs.map((text) => `<p style="margin:0 0 16px">${escaped(text)}</p>`).join('\n')}
<table role="presentation" style="width:100%;border-collapse:collapse;font-size:14px">
${rows.join('\n')}
</table>
${list.length === 0 ? '' : `<h2 style="margin:24px 0 8px;font-size:15px">Last errors</h2>\n<ul style="margin:0;padding-left:20px;font-size:14px">\n${list.join('\n')}\n</ul>`}
<p style="margin:24px 0"><a href="${escaped(link)}" style="display:inline-block;padding:10px 16px;background:#1f2937;color:#ffffff;text-decoration:none">Look at the endpoint</a></p>
<p style="margin:0;font-size:12px;color:#6b7280">${escaped(footer)}</p>
</div>
</body>
</html>
`
}
