import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a browser sent this for a page of this server. Browsers name the page's origin with every write; what names
 * none and says nothing of another site is no browser that could be made to send somebody's cookies.
 *
 * @param publicUrl counts as well, since a proxy may put another host into the request
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, publicUrl: string): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  if (origin === undefined) return true
  const parsed = URL.parse(origin)
  return parsed !== null && (parsed.host === host || parsed.origin === new URL(publicUrl).origin)
}
