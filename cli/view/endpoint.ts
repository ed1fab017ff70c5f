import type { Endpoint, TestResult } from '@atlas-webhooks/sdk'
import { responseLines } from './delivery.ts'
import { printable } from './printable.ts'
import { toneOf, toneOfStatus } from './style.ts'
import { type Column, details, type Screen } from './table.ts'
import { showDuration, showSeconds, showTime } from './time.ts'

export const endpointColumns: readonly Column<Endpoint>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'URL', cell: ({ url }) => url, shrinks: true },
  { title: 'PROFILE', cell: ({ profile }) => profile },
  { title: 'STATUS', cell: ({ status }) => status, tone: ({ status }) => toneOf(status) },
  { title: 'TYPES', cell: ({ types }) => (types.length === 0 ? 'all' : types.join(', ')), shrinks: true },
  {
    title: 'LAST ATTEMPT',
    cell: ({ last_delivery: last }) => (last === null ? '-' : `${last.status ?? last.state} ${showTime(last.at)}`),
    tone: ({ last_delivery: last }) => (last === null ? null : toneOfStatus(last.status)),
  },
]

/** All settings; with the secret, where it has just been made. */
export function endpointView(endpoint: Endpoint & { readonly secret?: string }, screen: Screen): string {
  const { style } = screen
  const { batch, last_delivery: last, status_reason: reason } = endpoint
  const list = (names: readonly string[]) => (names.length === 0 ? 'all' : printable(names.join(', ')))
  const headers = Object.entries(endpoint.headers).map(([name, value]) => printable(`${name}: ${value}`))
  const options = Object.entries(endpoint.options).map(([name, value]) => printable(`${name}=${JSON.stringify(value)}`))
  const limits = [
    endpoint.max_per_second === null ? null : `${endpoint.max_per_second} a second`,
    `${endpoint.max_in_flight} at once`,
  ]
  const status = style(toneOf(endpoint.status), endpoint.status)
  return details(
    [
      ['ID', endpoint.id],
      ['URL', printable(endpoint.url)],
      ['Description', endpoint.description === '' ? null : printable(endpoint.description)],
      ['Status', reason === null ? status : `${status}: ${printable(reason)}`],
      ['Stream', endpoint.stream],
      ['Profile', endpoint.profile],
      ['Types', list(endpoint.types)],
      ['Filter', endpoint.filter === null ? null : printable(endpoint.filter)],
      ['Tags', list(endpoint.tags)],
      ['In order', endpoint.serialize ? 'yes, one request at a time' : null],
      ['Headers', headers.length === 0 ? null : headers.join('\n')],
      ['Batch', batch === null ? null : `up to ${batch.max_events} events or ${batch.window_seconds} s`],
      ['Options', options.length === 0 ? null : options.join(', ')],
      ['Timeout', `${endpoint.timeout_seconds} s`],
      ['Retries', endpoint.retry_schedule_seconds.map(showSeconds).join(', ') || 'none'],
      ['Limits', limits.filter((limit) => limit !== null).join(', ')],
      ['Last attempt', last === null ? null : `${last.state}, ${last.status ?? 'no answer'}, ${showTime(last.at)}`],
      ['Created', showTime(endpoint.created_at)],
      ['Secret', endpoint.secret === undefined ? null : style('strong', endpoint.secret)],
    ],
    screen,
  )
}

export function testView(result: TestResult, screen: Screen): string {
  const { style } = screen
  const verdict = result.ok ? style('good', 'It was accepted') : style('bad', 'It was not accepted')
  const why = [result.error, result.error_detail].filter((part) => part !== null).map(printable)
  const head = `${verdict} after ${showDuration(result.duration_ms)}${why.length === 0 ? '' : `: ${why.join(': ')}`}\n`
  if (result.response === null) return head
  return [head, ...responseLines(result.response, screen).map((line) => `${line}\n`)].join('')
}
