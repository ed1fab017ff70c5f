import { UsageError } from '../usage-error.ts'

const advice = 'give a port (3000), a host and port (localhost:3000), a path (/hooks), or an http or https URL'

/** Where requests are sent: `3000` means `http://localhost:3000/`, `/x` means `http://localhost/x`. */
export function parseForwardUrl(text: string): URL {
  const given = text.trim()
  const url = URL.parse(withScheme(given))
  if (given === '' || url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new UsageError(`--forward-to: "${text}" is no place to send requests to: ${advice}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--forward-to takes no user name: give it as a header, --headers "Authorization: Basic …"')
  }
  if (url.port === '0') throw new UsageError('--forward-to: there is no port 0')
  url.hash = ''
  return url
}

function withScheme(text: string): string {
  if (/^:?\d+$/.test(text)) return `http://localhost:${text.replace(':', '')}`
  if (/^:\d+\//.test(text)) return `http://localhost${text}`
  if (/^\d+\//.test(text)) return `http://localhost:${text}`
  if (text.startsWith('/')) return `http://localhost${text}`
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
}
