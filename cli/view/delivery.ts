import type { Attempt, AttemptResponse, DeadLetterGroup, Delivery, DeliveryDetails } from '@atlas-webhooks/sdk'
import { printable, printableLines } from './printable.ts'
import { toneOf, toneOfStatus } from './style.ts'
import { type Column, details, type Screen, table } from './table.ts'
import { showDuration, showTime } from './time.ts'

export const deliveryColumns: readonly Column<Delivery>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'TYPE', cell: ({ type }) => type, shrinks: true },
  { title: 'STATE', cell: ({ state }) => state, tone: ({ state }) => toneOf(state) },
  { title: 'ATTEMPTS', cell: ({ attempt_count }) => String(attempt_count), align: 'right' },
  { title: 'NEXT ATTEMPT', cell: ({ next_attempt_at }) => showTime(next_attempt_at) },
  { title: 'CREATED', cell: ({ created_at }) => showTime(created_at) },
  { title: 'ENDPOINT', cell: ({ endpoint }) => endpoint },
]

export const deadLetterColumns: readonly Column<Delivery>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'TYPE', cell: ({ type }) => type, shrinks: true },
  { title: 'ATTEMPTS', cell: ({ attempt_count }) => String(attempt_count), align: 'right' },
  { title: 'REASON', cell: ({ dead_letter_reason }) => dead_letter_reason ?? '-' },
  { title: 'ERROR', cell: ({ last_attempt: last }) => last?.error ?? '-' },
  { title: 'STATUS', cell: ({ last_attempt: last }) => String(last?.status ?? '-') },
  { title: 'DEAD SINCE', cell: ({ dead_lettered_at }) => showTime(dead_lettered_at) },
  { title: 'ENDPOINT', cell: ({ endpoint }) => endpoint },
]

export const deadLetterGroupColumns: readonly Column<DeadLetterGroup>[] = [
  { title: 'COUNT', cell: ({ count }) => String(count), align: 'right' },
  { title: 'ERROR', cell: ({ last_error }) => last_error },
  { title: 'STATUS', cell: ({ last_status }) => String(last_status ?? '-') },
  { title: 'FIRST', cell: ({ first_dead_lettered_at }) => showTime(first_dead_lettered_at) },
  { title: 'LAST', cell: ({ last_dead_lettered_at }) => showTime(last_dead_lettered_at) },
  { title: 'ENDPOINT', cell: ({ endpoint }) => endpoint },
]

/** A delivery with its attempts: a line each, and the last one in full. */
export function deliveryView(delivery: DeliveryDetails, screen: Screen): string {
  const { style } = screen
  const head = details(
    [
      ['ID', delivery.id],
      ['Event', delivery.event],
      ['Type', printable(delivery.type)],
      ['Endpoint', delivery.endpoint],
      ['Sequence', delivery.sequence === 0 ? 'none, it is a test' : String(delivery.sequence)],
      ['State', style(toneOf(delivery.state), delivery.state)],
      ['Next attempt', delivery.next_attempt_at === null ? null : showTime(delivery.next_attempt_at)],
      ['Reason', delivery.dead_letter_reason],
      ['Created', showTime(delivery.created_at)],
      ['Settled', delivery.settled_at === null ? null : showTime(delivery.settled_at)],
    ],
    screen,
  )
  const last = delivery.attempts.at(-1)
  if (last === undefined) return `${head}\nThere was no attempt yet.\n`
  return `${head}\n${table(delivery.attempts, attemptColumns, screen)}\n${exchange(last, screen)}`
}

const attemptColumns: readonly Column<Attempt>[] = [
  { title: 'ATTEMPT', cell: ({ number }) => String(number), align: 'right' },
  { title: 'AT', cell: ({ at }) => showTime(at) },
  {
    title: 'STATUS',
    cell: ({ response }) => String(response?.status ?? '-'),
    tone: ({ response }) => toneOfStatus(response?.status ?? null),
  },
  { title: 'TOOK', cell: ({ duration_ms }) => showDuration(duration_ms), align: 'right' },
  { title: 'OUTCOME', cell: ({ outcome }) => outcome, tone: ({ outcome }) => toneOf(outcome) },
  { title: 'ERROR', cell: ({ error, error_detail }) => errorText(error, error_detail), shrinks: true },
]

function errorText(error: string | null, detail: string | null): string {
  return [error, detail].filter((part) => part !== null).join(': ')
}

/** The request and the response of an attempt, as they went over the wire. */
function exchange({ number, request, response, batch }: Attempt, screen: Screen): string {
  const { style } = screen
  const others = batch === null || batch.deliveries === 1 ? '' : `, together with ${batch.deliveries - 1} others`
  const sent = [
    style('strong', `Attempt ${number}${others}`),
    `${request.method} ${printable(request.url)}`,
    ...headerLines(request.headers, screen),
    '',
    request.body === null ? style('faint', 'the body is not kept any more') : printableLines(request.body),
  ]
  const received = response === null ? [style('bad', 'There was no response.')] : responseLines(response, screen)
  return [...sent, '', ...received].map((line) => `${line}\n`).join('')
}

export function responseLines({ status, headers, body, truncated }: AttemptResponse, screen: Screen): string[] {
  return [
    screen.style(toneOfStatus(status), String(status)),
    ...headerLines(headers, screen),
    ...(body === '' ? [] : ['', printableLines(body)]),
    ...(truncated ? [screen.style('faint', 'There was more; it was not read.')] : []),
  ]
}

function headerLines(headers: Readonly<Record<string, unknown>>, { style }: Screen): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each) => `${style('faint', `${printable(name)}:`)} ${printable(String(each))}`),
  )
}
