const tokenKey = 'atlas.portal'

/** Whether this page is the customer portal: the same program, under a path of its own. */
export const isPortal = location.pathname === '/portal' || location.pathname.startsWith('/portal/')

// Taken before anything else looks at the address, so that it is in no history.
let token = isPortal ? takeToken() : null

/**
 * The portal's token. It came in the fragment of the link, which no server and no log sees, and stays with this tab:
 * cookies would not reach us from inside the page of another site.
 */
export function portalToken(): string | null {
  return token
}

/** Goes on with the token of a newer link. */
export function setPortalToken(newer: string): void {
  token = newer
  keep(newer)
}

function takeToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given === null) return kept()
  keep(given)
  history.replaceState(null, '', location.pathname + location.search)
  return given
}

function keep(given: string): void {
  try {
    sessionStorage.setItem(tokenKey, given)
  } catch {
    // In a frame of another site there may be no storage. Then it is lost when the frame is loaded anew.
  }
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(tokenKey)
  } catch {
    return null
  }
}
