const tokenKey = 'atlas.portal'

/** Whether this page is the customer portal: the same program, under a path of its own. */
export const isPortal = location.pathname === '/portal' || location.pathname.startsWith('/portal/')

/**
 * The portal's token. It came in the fragment of the link, which no server and no log sees, and stays with this tab:
 * cookies would not reach us from inside the page of another site.
 */
export function portalToken(): string | null {
  const given = isPortal ? new URLSearchParams(location.hash.slice(1)).get('token') : null
  if (given !== null) {
    sessionStorage.setItem(tokenKey, given)
    history.replaceState(null, '', location.pathname + location.search)
  }
  return isPortal ? sessionStorage.getItem(tokenKey) : null
}
