import { lookup as systemLookup } from 'node:dns/promises'
import { isIP, isIPv6, type LookupFunction, Socket } from 'node:net'
import { buildConnector } from 'undici'
import { judgeAddress, judgeTarget, type TargetPolicy } from '../domain/target.ts'
import type { TimedConnector } from './timed-client.ts'
import { asTlsFailure } from './tls-failure.ts'

/** Every address of a host name, in the order in which to try them; rejects when there is none. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

export interface TargetConnectorOptions {
  readonly lookup?: Lookup
  /** How long resolving, connecting and the TLS handshake may take together. */
  readonly timeoutMs?: number
}

/** The target breaks the rules. Its message may be shown to the owner of the endpoint. */
export class BlockedTarget extends Error {
  override readonly name: string = 'BlockedTarget'
}

/**
 * The target's address is not permitted. The message names the range only: the address behind a name is for the
 * operator's log, or a tenant could read the operator's internal DNS through us.
 */
export class BlockedAddress extends BlockedTarget {
  override readonly name = 'BlockedAddress'
  readonly address: string
  readonly range: string

  constructor(hostname: string, address: string, range: string) {
    super(`${hostname} leads to an address that is not permitted${range === '' ? '' : ` (in ${range})`}`)
    this.address = address
    this.range = range
  }
}

/** The host name has no address, or DNS did not answer. `code` is the system's: ENOTFOUND, EAI_AGAIN, … */
export class ResolveFailed extends Error {
  override readonly name = 'ResolveFailed'
  readonly hostname: string
  readonly code: string

  constructor(hostname: string, code: string, cause?: unknown) {
    super(`${hostname} could not be resolved (${code})`, { cause })
    this.hostname = hostname
    this.code = code
  }
}

type TargetResolution =
  | { state: 'permitted'; addresses: readonly string[] }
  | { state: 'blocked'; error: BlockedAddress }
  | { state: 'unresolved'; error: ResolveFailed }

/** A name with hundreds of addresses would turn one attempt into hundreds of connections to strangers. */
const MAX_ADDRESSES = 8
/** Node.js gives up on an address after 250 ms when there is another one, too soon for the other side of the globe. */
const ADDRESS_TIMEOUT_MS = 1000
const CONNECT_TIMEOUT_MS = 10_000
const SAVE_LOOKUP_TIMEOUT_MS = 3000

const lookupAll: Lookup = async (hostname) =>
  (await systemLookup(hostname, { all: true, order: 'verbatim' })).map(({ address }) => address)

/**
 * Resolves a host once and judges every address; throws BlockedAddress or ResolveFailed. One refused address refuses
 * them all: nobody needs a name that is public and internal at once, except to have us try the internal one later.
 */
async function permittedAddresses(hostname: string, policy: TargetPolicy, lookup: Lookup): Promise<readonly string[]> {
  const addresses = isIP(hostname)
    ? [hostname]
    : await lookup(hostname).catch((error: unknown) => {
        throw new ResolveFailed(hostname, codeOf(error) ?? 'unknown', error)
      })
  if (addresses.length === 0) throw new ResolveFailed(hostname, 'ENODATA')
  for (const address of addresses) {
    const blocked = blockedAddress(hostname, address, policy)
    if (blocked) throw blocked
  }
  return addresses.slice(0, MAX_ADDRESSES)
}

function blockedAddress(hostname: string, address: string, policy: TargetPolicy): BlockedAddress | undefined {
  const verdict = judgeAddress(address, policy)
  return verdict.ok ? undefined : new BlockedAddress(hostname, address, verdict.range)
}

/**
 * The check of a host when an endpoint is saved, after `judgeTarget`. `hostname` is a URL's. 'unresolved' is no reason
 * to refuse an endpoint, DNS may come later: every connection is checked again.
 */
export async function resolveTarget(
  hostname: string,
  policy: TargetPolicy,
  lookup: Lookup = lookupAll,
  timeoutMs = SAVE_LOOKUP_TIMEOUT_MS,
): Promise<TargetResolution> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new ResolveFailed(host, 'ETIMEOUT')), timeoutMs)
  try {
    const addresses = await Promise.race([permittedAddresses(host, policy, lookup), late.promise])
    return { state: 'permitted', addresses }
  } catch (error) {
    if (error instanceof BlockedAddress) return { state: 'blocked', error }
    if (error instanceof ResolveFailed) return { state: 'unresolved', error }
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The connector of every TimedClient, with `allowH2: false`: the only way onto the network for requests to targets.
 * It resolves a name once, judges every address, and connects to a judged one; the URL and the TLS name stay as they
 * are. Fails with BlockedTarget, ResolveFailed, TlsFailed, undici's ConnectTimeoutError, or the system's error.
 */
export function createTargetConnector(
  policy: TargetPolicy,
  { lookup = lookupAll, timeoutMs = CONNECT_TIMEOUT_MS }: TargetConnectorOptions = {},
): TimedConnector {
  const pending = new Map<string, Promise<readonly string[]>>()

  // System lookups occupy the few threads of the process until DNS answers. All connections that wait for one name
  // share one lookup, or an endpoint whose DNS hangs would take the threads of all others.
  const resolve = (hostname: string): Promise<readonly string[]> => {
    const running = pending.get(hostname)
    if (running !== undefined) return running
    const started = permittedAddresses(hostname, policy, lookup).finally(() => pending.delete(hostname))
    pending.set(hostname, started)
    return started
  }

  // The socket asks this instead of DNS, so undici's connect timeout covers it and it can connect to nothing else.
  const judgedLookup: LookupFunction = (hostname, { all }, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const entries = addresses.map((address) => ({ address, family: isIP(address) }))
        if (all) callback(null, entries)
        else callback(null, entries[0]?.address ?? '', entries[0]?.family)
      },
      (error: Error) => callback(error, ''),
    )
  }

  const connect = buildConnector({
    lookup: judgedLookup,
    timeout: timeoutMs,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment does not switch verification off.
    rejectUnauthorized: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    // The limits on responses were made for HTTP/1.1.
    allowH2: false,
  })

  return ({ hostname, protocol, port, localAddress = null }, callback, opening) => {
    // Built from what the socket will use, and in brackets, without which undici takes 2606 of 2606:4700:: for a name.
    const host = isIPv6(hostname) ? `[${hostname}]` : hostname
    const refused = refuseTarget(hostname, `${protocol}//${host}${port === '' ? '' : `:${port}`}`, policy)
    if (refused) {
      process.nextTick(callback, refused, null)
      return
    }
    // undici would take the TLS name from the request's Host header; certificates and SNI know no trailing dot.
    const servername = isIP(hostname) ? '' : hostname.replace(/\.$/, '')
    // What undici's types leave out: it gives the socket, at once.
    const connecting: unknown = connect({ hostname, host, protocol, port, servername, localAddress }, (...result) => {
      const [error, socket] = result
      if (error) return callback(asTlsFailure(error), null)
      // Cannot happen while the lookup above is what the socket asks; if it ever does, no request has been sent yet.
      const peer = socket.remoteAddress
      const surprise = peer === undefined ? connectionReset() : blockedAddress(hostname, peer, policy)
      if (!surprise) return callback(null, socket)
      socket.destroy()
      callback(surprise, null)
    })
    if (connecting instanceof Socket) opening?.follow(connecting)
  }
}

/**
 * What must be judged before a socket exists: addresses, since Node.js calls no lookup for them, and the rules for URLs,
 * which may be stricter by now than when the endpoint was saved.
 */
function refuseTarget(hostname: string, origin: string, policy: TargetPolicy): BlockedTarget | undefined {
  const blocked = isIP(hostname) ? blockedAddress(hostname, hostname, policy) : undefined
  if (blocked) return blocked
  const verdict = judgeTarget(origin, policy)
  if (!verdict.ok) return new BlockedTarget(verdict.reason)
  // undici takes the host from a URL. Anything else must not reach the resolver, which reads 127.1 in its own way.
  const canonical = verdict.url.hostname.replace(/^\[(.*)\]$/, '$1')
  return canonical === hostname ? undefined : new BlockedTarget('The host is not in canonical form')
}

/** The peer of a connected socket is unknown only when it has reset the connection already. */
function connectionReset(): Error {
  return Object.assign(new Error('The connection was reset while it was being made'), { code: 'ECONNRESET' })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
