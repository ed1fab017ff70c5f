/** An SMTP server that takes our mails. */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise it is begun as soon as the server offers it. */
  readonly secure: boolean
  readonly login: { readonly user: string; readonly password: string } | null
}

const defaultPorts: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 }
const hostPattern = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])$/i

/** Reads `smtp://user:password@mail.example.com:587`; null: it is no such URL. */
export function parseMailServer(text: string): MailServer | null {
  const url = URL.parse(text)
  const defaultPort = defaultPorts[url?.protocol ?? '']
  if (!url || defaultPort === undefined || !hostPattern.test(url.hostname)) return null
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return null
  const [user, password] = [decoded(url.username), decoded(url.password)]
  if (user === null || password === null || (user === '') !== (password === '')) return null
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
    secure: url.protocol === 'smtps:',
    login: user === '' ? null : { user, password },
  }
}

/** Without control characters: such a user name or password could only be meant to break out of its line. */
function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text)
    return /\p{Cc}/u.test(value) ? null : value
  } catch {
    return null
  }
}
