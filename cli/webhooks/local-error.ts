/** Why a local request came to nothing, in the words of the delivery log. */
export type LocalError = 'timeout' | 'dns' | 'refused' | 'reset' | 'tls' | 'response_rejected' | 'internal'

const codes: Readonly<Record<string, LocalError>> = {
  ...{ ECONNREFUSED: 'refused', EHOSTUNREACH: 'refused', ENETUNREACH: 'refused', EADDRNOTAVAIL: 'refused' },
  ...{ EHOSTDOWN: 'refused', EACCES: 'refused', ENOTFOUND: 'dns', EAI_AGAIN: 'dns', EAI_FAIL: 'dns' },
  ...{ ECONNRESET: 'reset', EPIPE: 'reset', ECONNABORTED: 'reset', ETIMEDOUT: 'timeout' },
  ...{ EPROTO: 'tls', DEPTH_ZERO_SELF_SIGNED_CERT: 'tls', SELF_SIGNED_CERT_IN_CHAIN: 'tls' },
  ...{ UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls', UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls', HOSTNAME_MISMATCH: 'tls' },
}
const families: readonly (readonly [RegExp, LocalError])[] = [
  [/^HPE_/, 'response_rejected'],
  [/^(?:CERT_|ERR_TLS_|ERR_SSL_)/, 'tls'],
]

/** What an error of a request to the local server means, and what to say about it. */
export function classifyLocalError(error: unknown): { readonly error: LocalError; readonly detail: string } {
  if (!(error instanceof Error)) return { error: 'internal', detail: String(error) }
  // Several addresses were tried, as for localhost: the first one's failure stands for all.
  const cause = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const kind = codes[code] ?? families.find(([pattern]) => pattern.test(code))?.[1] ?? 'internal'
  return { error: kind, detail: describe(kind, code, cause.message) }
}

function describe(kind: LocalError, code: string, message: string): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers over 16 KiB'
  if (kind === 'response_rejected') return `not HTTP: ${message}`
  // Node.js goes on with advice for whoever runs it.
  return (kind === 'tls' ? message.replace(/;.*$/s, '') : message).slice(0, 500)
}
