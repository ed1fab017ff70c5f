import { mask, maskValue } from './mask.ts'

/** Longer than any name and than a UUID: a segment of a path that is longer is one of those URLs that are passwords. */
const longestSegment = 40

interface Parts {
  /** Up to the path. */
  readonly origin: string
  /** The segments of the path, each behind a slash. */
  readonly path: readonly string[]
  readonly query: readonly { readonly name: string; readonly value: string }[]
}

/** Cut apart as text, since a parser would write some of it anew. */
function partsOf(url: string): Parts {
  const [, origin = '', path = '', search = ''] = /^([a-z]+:\/\/[^/?#]*)?([^?#]*)\??([^#]*)/i.exec(url) ?? []
  const query = search.split('&').map((pair) => {
    // `?token` alone is a value without a name.
    const at = pair.indexOf('=') + 1
    return { name: pair.slice(0, at), value: pair.slice(at) }
  })
  return { origin, path: path.split('/').slice(1), query: search === '' ? [] : query }
}

const isSecret = (segment: string): boolean => segment.length >= longestSegment

/**
 * An endpoint's URL as people see it: without the values of its query, which may be tokens, and without the segments of
 * its path that are as long as tokens are. The end of a long one stays. What is masked already stays as it is.
 */
export function maskUrl(url: string): string {
  const { origin, path, query } = partsOf(url)
  const segments = path.map((segment) => `/${isSecret(segment) ? maskValue(segment) : segment}`)
  const pairs = query.map(({ name, value }) => name + (value === '' ? '' : maskValue(value)))
  return origin + segments.join('') + (pairs.length === 0 ? '' : `?${pairs.join('&')}`)
}

/** What `maskUrl` leaves out of a URL, as it stands there and as a receiver may have decoded it. */
export function secretsOfUrl(url: string): readonly string[] {
  const { path, query } = partsOf(url)
  const hidden = [...path.filter(isSecret), ...query.map(({ value }) => value)].filter((value) => value !== '')
  return [...new Set(hidden.flatMap((value) => [value, decoded(value), decoded(value.replaceAll('+', ' '))]))]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const masked = new RegExp(`${mask}|${encodeURIComponent(mask)}`, 'i')

/** Whether somebody sends back what `maskUrl` made: stored, it would lose the endpoint its token. */
export function isMaskedUrl(url: string): boolean {
  return masked.test(url)
}
