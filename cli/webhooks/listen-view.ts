import { printable } from '../view/printable.ts'
import { type Style, type Tone, toneOfStatus } from '../view/style.ts'
import type { ForwardedRequest, LocalOutcome } from './forwarder.ts'
import type { Welcome } from './tunnel-client.ts'

/** A request on its way to the local server. */
export interface Arrival {
  readonly at: Date
  readonly request: ForwardedRequest
  readonly url: string
}

/** What came of it. */
export interface Departure extends Arrival {
  readonly outcome: LocalOutcome
  readonly durationMs: number
}

/** How requests and what came of them are written, a line each. */
export interface ListenView {
  ready(welcome: Welcome, url: string): string | null
  arrived(arrival: Arrival): string
  answered(departure: Departure): string
}

/** For people, with a colour that says how it went. */
export function textView(style: Style): ListenView {
  const stamp = (at: Date): string => style('faint', localTime(at))
  return {
    ready: () => null,
    arrived({ at, request }) {
      const { type, event, attempt } = factsOf(request)
      return `${stamp(at)}   --> ${style('strong', type)} [${event}]${again(attempt)}`
    },
    answered({ at, request, url, outcome, durationMs }) {
      const { event } = factsOf(request)
      const [word, tone, detail] = summary(outcome)
      const line = `${stamp(at)}  <--  ${style(tone, `[${word}]`)} ${request.method} ${printable(url)} [${event}]`
      return `${line} ${Math.round(durationMs)} ms${detail === '' ? '' : `: ${printable(detail)}`}`
    },
  }
}

/** For programs: each line is a JSON object whose `kind` says what it is. */
export const jsonView: ListenView = {
  ready: ({ endpoint, secret, workspace }, url) =>
    JSON.stringify({ kind: 'ready', endpoint, secret, workspace, forward_to: url }),
  arrived: ({ at, request, url }) =>
    JSON.stringify({ kind: 'request', ...lineHead(at, request, url), headers: request.headers, body: bodyOf(request) }),
  answered: ({ at, request, url, outcome, durationMs }) =>
    JSON.stringify({
      ...{ kind: 'status' in outcome ? 'response' : 'failure', ...lineHead(at, request, url) },
      ...{ duration_ms: Math.round(durationMs), ...outcome },
    }),
}

function lineHead(at: Date, request: ForwardedRequest, url: string) {
  const { type, event, attempt } = factsOf(request)
  return { at: at.toISOString(), event, type, attempt, method: request.method, url }
}

function bodyOf({ body }: ForwardedRequest): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/** Every request says what it carries in its headers. */
function factsOf({ headers }: ForwardedRequest): { type: string; event: string; attempt: number } {
  const header = (name: string): string => printable(headers[name] ?? '')
  return {
    type: header('Atlas-Event'),
    event: header('Atlas-Delivery'),
    attempt: Number(headers['Atlas-Attempt'] ?? 1),
  }
}

function again(attempt: number): string {
  return attempt > 1 ? ` attempt ${attempt}` : ''
}

function summary(outcome: LocalOutcome): [word: string, tone: Tone, detail: string] {
  if ('status' in outcome) return [String(outcome.status), toneOfStatus(outcome.status), '']
  return [outcome.error, 'bad', outcome.detail]
}

function localTime(at: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`
}
