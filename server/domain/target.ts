import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** A block of addresses, as `parseCidrs` read it. */
export interface Cidr {
  readonly text: string
  readonly network: Address
  readonly bits: number
}

/** What the operator allows beyond https to public addresses. */
export interface TargetPolicy {
  readonly allowHttp: boolean
  readonly allowed: readonly Cidr[]
}

type CidrsResult = { ok: true; cidrs: readonly Cidr[] } | { ok: false; reason: string }
type TargetVerdict = { ok: true; url: URL } | { ok: false; reason: string }
type AddressVerdict = { ok: true } | { ok: false; range: string; reason: string }

/** The longest URL that an endpoint may have, in UTF-16 units. */
const MAX_URL_LENGTH = 2048
/** RFC 1035 allows 255 bytes on the wire, which is 253 characters without the trailing dot. */
const MAX_HOST_LENGTH = 253
/** Underscores are no part of a host name in RFC 1123, but of many names that exist. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * Services that listen at 1024 or above and must never receive a request from us. All lie below 32768, where the
 * ephemeral ports of Linux begin. Below 1024 only 80 and 443 are permitted, so 22, 25 and the like need no entry.
 */
const SERVICE_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 5985, 5986, 6000, 6379,
  6443, 9042, 9092, 9200, 9300, 10250, 11211, 26257, 27017, 27018, 27019,
])

const REFUSED_IPV4 = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'the host of an Azure machine'],
  ['169.254.0.0/16', 'link-local, cloud metadata'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', '6to4 relays'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmarks'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved, broadcast'],
] as const

/** Outside 2000::/3 everything is refused; those lines are here so that the message can name the range. */
const REFUSED_IPV6 = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'IPv4-compatible'],
  ['64:ff9b::/96', 'NAT64'],
  ['64:ff9b:1::/48', 'local NAT64'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
  ['2001::/32', 'Teredo'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['3fff::/20', 'documentation'],
] as const

const refused = [...REFUSED_IPV4, ...REFUSED_IPV6].map(([text, what]) => ({ cidr: knownCidr(text), what }))
const globalUnicast = knownCidr('2000::/3')

/**
 * Reads one address in the forms that DNS and sockets give: dotted IPv4, IPv6 of RFC 4291 without zone.
 * An IPv4-mapped IPv6 address becomes the IPv4 address that a socket would really talk to.
 */
function readAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  if (!/^[0-9a-f:.]+$/i.test(text) || !text.includes(':')) return undefined
  // ipaddr.js takes ::8.8.8.8 for ::ffff:8.8.8.8 and reads octal in the dotted tail, so it gets the hexadecimal form
  // of the URL parser, which is strict.
  const canonical = URL.parse(`http://[${text}]`)?.hostname
  if (canonical === undefined) return undefined
  const address = ipaddr.IPv6.parse(canonical.slice(1, -1))
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

function contains(cidr: Cidr, address: Address): boolean {
  return cidr.network.kind() === address.kind() && address.match(cidr.network, cidr.bits)
}

function knownCidr(text: string): Cidr {
  const result = readCidr(text)
  if (typeof result === 'string') throw new Error(result)
  return result
}

/** Gives the block, or the reason why `text` is none. */
function readCidr(text: string): Cidr | string {
  const [, addressText = '', bitsText] = /^([^/]+)(?:\/([0-9]{1,3}))?$/.exec(text) ?? []
  const network = readAddress(addressText)
  if (!network) return `"${text}" is not a CIDR block: write one like 10.0.0.0/8 or fd00::/8`
  const width = network.kind() === 'ipv4' ? 32 : 128
  if (width === 32 && addressText.includes(':')) {
    return `"${text}" is an IPv4-mapped block: write it as IPv4, since such addresses are judged as IPv4`
  }
  const bits = bitsText === undefined ? width : Number(bitsText)
  if (bits > width) return `"${text}" has a prefix longer than ${width} bits`
  const block = `${network.toString()}/${bits}`
  const first = width === 32 ? ipaddr.IPv4.networkAddressFromCIDR(block) : ipaddr.IPv6.networkAddressFromCIDR(block)
  if (first.toString() !== network.toString()) {
    return `"${text}" has bits set after its prefix: did you mean ${first.toString()}/${bits}?`
  }
  return { text: block, network, bits }
}

/**
 * Reads CIDR blocks separated by commas, as in ATLAS_ALLOW_TARGETS; an address without a prefix stands for itself.
 * Empty text gives no blocks. The first faulty block makes the whole text faulty.
 */
export function parseCidrs(text: string): CidrsResult {
  const cidrs: Cidr[] = []
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    const result = readCidr(part)
    if (typeof result === 'string') return { ok: false, reason: result }
    cidrs.push(result)
  }
  return { ok: true, cidrs }
}

/**
 * Judges an address that a socket would connect to, as DNS or the socket writes it. Permitted are the blocks that the
 * policy opens and public addresses: IPv4 outside the special ranges, IPv6 only in 2000::/3 without its special ranges.
 * `range` is the block that the address was refused for, empty when the text is no address.
 */
export function judgeAddress(address: string, policy: TargetPolicy): AddressVerdict {
  const parsed = readAddress(address)
  if (!parsed) return { ok: false, range: '', reason: `"${address}" is not an IP address` }
  if (policy.allowed.some((cidr) => contains(cidr, parsed))) return { ok: true }
  const hit = refused.find(({ cidr }) => contains(cidr, parsed))
  if (hit) return refuseAddress(address, hit.cidr.text, hit.what)
  if (parsed.kind() === 'ipv6' && !contains(globalUnicast, parsed)) {
    return refuseAddress(address, '::/0', 'outside 2000::/3')
  }
  return { ok: true }
}

function refuseAddress(address: string, range: string, what: string): AddressVerdict {
  return {
    ok: false,
    range,
    reason: `${address} is not a public address: it is in ${range} (${what}). Use a public one; an operator can open a range with ATLAS_ALLOW_TARGETS`,
  }
}

/**
 * Judges the URL of an endpoint as its owner wrote it, without looking anything up: scheme, form, port, host. A host
 * that is an address, in any notation, is judged as that address. `reason` is for the owner: what is wrong, what to do.
 * Keep `url.href`, never the text: what was judged and what is requested are then read by the same parser.
 */
export function judgeTarget(text: string, policy: TargetPolicy): TargetVerdict {
  if (text.length > MAX_URL_LENGTH) return refuse(`The URL is longer than ${MAX_URL_LENGTH} characters`)
  // Parsers differ on what these characters mean: the URL standard drops some of them and reads \ as /.
  if (/[\p{Cc}\s\\]/u.test(text)) {
    return refuse('The URL contains a space, a control character or a backslash: remove it, or percent-encode it')
  }
  const scheme = /^(https?):\/\/(?!\/)/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined || (scheme === 'http' && !policy.allowHttp)) {
    return refuse(`The URL must start with https://${policy.allowHttp ? ' or http://' : ''}`)
  }
  const authority = text.slice(scheme.length + 3).split(/[/?#]/, 1)[0] ?? ''
  if (authority.includes('@')) return refuse('The URL contains a user name or password: send it in a header instead')
  if (authority.includes('%'))
    return refuse('The host contains a %: write it without percent-encoding and without a zone')
  const portText = /:([0-9]+)$/.exec(authority)?.[1]
  if (portText !== undefined && Number(portText) > 65535) return refusePort(portText)
  const url = URL.parse(text)
  if (!url || url.hostname === '') {
    return refuse('The URL has no valid host: use a host name, an IPv4 address, or an IPv6 address in brackets')
  }
  if (url.port !== '' && !isPermittedPort(Number(url.port))) return refusePort(url.port)
  const reason = judgeHost(url.hostname, policy)
  return reason === undefined ? { ok: true, url } : refuse(reason)
}

function judgeHost(hostname: string, policy: TargetPolicy): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  if (readAddress(bare)) {
    const verdict = judgeAddress(bare, policy)
    return verdict.ok ? undefined : verdict.reason
  }
  const name = hostname.replace(/\.$/, '')
  if (name.length > MAX_HOST_LENGTH) return `The host name is longer than ${MAX_HOST_LENGTH} characters`
  if (!name.split('.').every((label) => LABEL.test(label))) {
    return 'The host name is not valid: between dots it takes 1 to 63 letters, digits, hyphens or underscores'
  }
  return undefined
}

/** The same ports hold for public and for opened addresses. */
function isPermittedPort(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && port <= 65535 && !SERVICE_PORTS.has(port))
}

function refusePort(port: string): TargetVerdict {
  return refuse(`Port ${port} is not permitted: use 443, 80, or one from 1024 to 65535 that is no well-known service`)
}

function refuse(reason: string): TargetVerdict {
  return { ok: false, reason }
}
