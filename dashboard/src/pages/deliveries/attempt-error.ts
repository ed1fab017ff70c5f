import type { Attempt, DeadLetterGroup, LastAttempt } from '@atlas-webhooks/sdk/src/generated/schemas.ts'

type Kind = DeadLetterGroup['last_error']

/** What went wrong, and what whoever owns the endpoint can do about it. */
const explanations: Readonly<Record<Kind, readonly [what: string, advice: string]>> = {
  timeout: [
    'The endpoint did not answer in time.',
    'Answer first and work afterwards: put the event into a queue and answer 200. Or raise the timeout of the endpoint.',
  ],
  dns: ['The host name could not be resolved.', 'Look for a typing mistake in the URL, or an expired domain.'],
  refused: ['Nobody listens at this address and port.', 'Start the receiver, or correct the port in the URL.'],
  reset: [
    'The connection was cut before an answer came.',
    'Look at the log of the receiver and of proxies before it: something crashed or closed the connection.',
  ],
  tls: [
    'The secure connection could not be made.',
    'The certificate may be expired, for another name, or its chain incomplete. Test it with any TLS checker.',
  ],
  blocked_address: [
    'The address is not public, so nothing was sent.',
    'Use a URL that leads to a public address. Operators can allow ranges with ATLAS_ALLOW_TARGETS.',
  ],
  redirect: ['The endpoint redirects, which is not followed.', 'Change the URL to where it redirects to.'],
  status: ['The endpoint answered with a failure.', 'The body of the answer and the log of the receiver may say why.'],
  response_rejected: [
    'The answer could not be taken: its headers are too large or are not HTTP.',
    'Make the receiver answer with a plain, small response.',
  ],
  internal: ['The server itself failed.', 'Its log has the details. The attempt is made again.'],
  unknown: ['An earlier version gave up, which did not keep why.', 'The attempts of each delivery tell.'],
}

/** The same in a word or two, for a line of the log. */
const labels: Readonly<Record<Kind, string>> = {
  ...{ timeout: 'Timeout', dns: 'No such host', refused: 'Refused', reset: 'Cut off', tls: 'TLS failed' },
  ...{ blocked_address: 'Blocked', redirect: 'Redirect', status: 'Failed', response_rejected: 'Answer not taken' },
  ...{ internal: 'Internal error', unknown: 'Unknown' },
}

// Where the status of the response is the fault, it says more than the name of the error.
const told = new Set<Kind>(['status', 'redirect'])

const statuses: Readonly<Record<number, string>> = {
  400: 'The receiver does not understand the request. Compare the body with what it expects.',
  401: 'The receiver wants credentials. Set them as a header of the endpoint.',
  403: 'The receiver refuses. A firewall or a wrong credential may be the reason.',
  404: 'There is nothing at this path of the receiver. Correct the URL.',
  405: 'The path does not take POST. Correct the URL or the route of the receiver.',
  410: 'The receiver says that it is gone for good: the endpoint was paused.',
  413: 'The receiver takes no body of this size. Raise its limit.',
  429: 'The receiver wants fewer requests. Lower the rate of the endpoint.',
  500: 'The receiver failed. Its log says why.',
  502: 'A proxy did not reach the receiver. Is it running?',
  503: 'The receiver is not available at the moment.',
  504: 'A proxy did not hear from the receiver in time.',
}

/** Of a failed attempt; null: it was none. */
export function explainAttempt({ error, response }: Pick<Attempt, 'error' | 'response'>): {
  what: string
  advice: string
} | null {
  return error === null ? null : explainError(error, response?.status ?? null)
}

/** Of what an attempt, or the last ones of a group of dead letters, failed with. */
export function explainError(error: Kind, status: number | null): { what: string; advice: string } {
  const [what, advice] = explanations[error]
  if (error !== 'status' || status === null) return { what, advice }
  return { what: `The endpoint answered ${status}.`, advice: statuses[status] ?? advice }
}

/** What an attempt came to, such as "200" or "Timeout". */
export function labelAttempt({ error, status }: Pick<LastAttempt, 'error' | 'status'>): string {
  if (error === null || told.has(error)) return status === null ? 'Success' : String(status)
  return labels[error]
}
