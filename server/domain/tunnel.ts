import { createHash } from 'node:crypto'

/** How long a tunnel stays open without a connection, so that what is published while it comes back waits for it. */
export const tunnelGraceSeconds = 60

/** For the whole of a local request; the same as an endpoint has by default. */
export const tunnelTimeoutSeconds = 10

/** Requests that a tunnel carries at the same time. */
export const tunnelRequestsAtOnce = 20

/**
 * With `--retry`: close together at first, since whoever develops waits for it, and for an hour. The CLI has them all
 * made at once when the local server is back.
 */
export const tunnelRetrySchedule: readonly number[] = [2, 4, 8, 15, 30, 60, 120, 240, 480, 900, 1800, 3600]

/** What is stored of a CLI's id: whoever knows the id is shown the secret of its tunnels. */
export function tunnelHash(clientId: string): string {
  return createHash('sha256').update(clientId).digest('base64url')
}

/** Where a tunnel leads: the URL as the parser reads it, or why it can be none, in words that follow its name. */
export function judgeForwardUrl(
  text: string,
): { readonly ok: true; readonly url: string } | { readonly ok: false; readonly reason: string } {
  const url = URL.parse(text)
  if (url === null) return { ok: false, reason: 'is not a URL' }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { ok: false, reason: 'must begin with http:// or https://' }
  if (url.username !== '' || url.password !== '') return { ok: false, reason: 'must have no user name' }
  url.hash = ''
  return { ok: true, url: url.href }
}
