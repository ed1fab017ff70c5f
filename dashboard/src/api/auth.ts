/** What better-auth refuses, in its words. */
class SignInError extends Error {
  override readonly name = 'SignInError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Where the words of better-auth say too little. */
const explanations: Readonly<Record<string, string>> = {
  PROVIDER_NOT_FOUND: 'The provider cannot be reached at the moment. Try again later, or sign in with a password.',
  INVALID_TOKEN: 'This link was used, or has ended. Ask for another one.',
}

/** Calls a route below `/auth`: signing in, second factors, passwords and sessions are its matters. */
export async function callAuth<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
  const response = await fetch(`/auth${path}`, {
    method,
    headers: { accept: 'application/json', ...(method === 'POST' && { 'content-type': 'application/json' }) },
    body: method === 'POST' ? JSON.stringify(body ?? {}) : null,
  }).catch(() => {
    throw new SignInError(0, 'UNREACHABLE', 'The server does not answer. Is it running, and are you online?')
  })
  const text = await response.text()
  const answer = parse(text)
  if (response.ok) return answer as Answer
  const { code = 'UNKNOWN', message, detail } = (answer ?? {}) as Partial<Record<string, string>>
  const wait = response.headers.get('x-retry-after') ?? response.headers.get('retry-after')
  const told =
    response.status === 429 && wait
      ? `Too many attempts. Try again in ${wait} s.`
      : (explanations[code] ?? message ?? detail)
  throw new SignInError(response.status, code, told ?? `The server answered ${response.status}.`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
