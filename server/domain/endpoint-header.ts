import type { Endpoint } from './endpoint.ts'
import { secretsOfUrl } from './endpoint-url.ts'
import { mask, maskValue } from './mask.ts'

/** An endpoint's own header at fault, and what is wrong with it, in words that follow the name. */
export interface HeaderFault {
  readonly name: string
  readonly reason: string
}

const mostHeaders = 20
const longestName = 128
const longestValue = 4096

/** RFC 9110 §5.6.2: the characters of a token. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** RFC 9110 §5.5: visible characters, Latin-1 included; spaces and tabs inside only. */
const fieldValue = /^[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/

/** What we set ourselves, and what belongs to the connection rather than to the request. */
const reserved = new Set([
  ...['content-type', 'content-length', 'content-encoding', 'host', 'user-agent'],
  ...['connection', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
])
const reservedPrefixes = ['atlas-', 'webhook-', 'x-webhook-', 'proxy-']

/**
 * Judges the headers that an endpoint adds to each request: at most 20, names of up to 128 and values of up to 4,096
 * characters (RFC 9110), none that we or the connection own. Gives every fault; none means that they may be sent.
 */
export function judgeHeaders(headers: Readonly<Record<string, string>>): readonly HeaderFault[] {
  const faults: HeaderFault[] = []
  const seen = new Set<string>()
  for (const [index, [name, value]] of Object.entries(headers).entries()) {
    if (index >= mostHeaders)
      return [...faults, { name, reason: `is one more than the ${mostHeaders} headers allowed` }]
    const lowerName = name.toLowerCase()
    const reason = faultOf(lowerName, value) ?? (seen.has(lowerName) ? 'is there twice: case does not count' : null)
    if (reason !== null) faults.push({ name, reason })
    seen.add(lowerName)
  }
  return faults
}

function faultOf(name: string, value: string): string | null {
  if (name.length > longestName) return `is longer than ${longestName} characters`
  if (!token.test(name)) return 'is not a header name: use letters, digits and hyphens'
  if (reserved.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix))) return 'is reserved'
  if (value.length > longestValue) return `has a value of more than ${longestValue} characters`
  if (value.includes(mask)) return 'has a masked value: send the whole value, or leave the headers out'
  if (!fieldValue.test(value)) return 'has a value that is empty, begins or ends with a space, or is not Latin-1 text'
  return null
}

/** The headers as people see them: values may be credentials, so only the last 4 characters of a long one stay. */
export function maskHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, maskValue(value)]))
}

/** Shorter ones are no credentials, and would be found in any text. */
const shortestReflected = 8

/**
 * What masks a receiver's answer: receivers that show the request that they got would otherwise put the values of the
 * endpoint's headers, and of its URL's query, into the delivery log, for everybody who may read it. Whole values and
 * their words are masked, since of `Bearer x` receivers repeat the `x`. null: there is nothing to mask.
 */
export function reflectionMask({ url, headers }: Pick<Endpoint, 'url' | 'headers'>): ((text: string) => string) | null {
  const words = Object.values(headers).flatMap((value) => [value, ...value.split(/[\s,;]+/)])
  const secrets = [...words, ...secretsOfUrl(url)]
    .filter(({ length }) => length >= shortestReflected)
    .sort((one, other) => other.length - one.length)
  if (secrets.length === 0) return null
  return (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, mask), text)
}
