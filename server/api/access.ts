import { hash, timingSafeEqual } from 'node:crypto'
import {
  type ApiKey,
  grants,
  isExpired,
  isOperatorKey,
  isPortalToken,
  isWorkspaceKey,
  type KeyScope,
  keyScopes,
} from '../domain/api-key.ts'
import { fromTypeId, idPrefix, toTypeId } from '../domain/identifier.ts'
import type { PortalSession } from '../domain/portal-session.ts'
import { isSlug } from '../domain/workspace.ts'
import { Problem } from '../errors.ts'
import type { Configuration, WorkspaceConfiguration } from '../pipeline/configuration.ts'
import type { RateLimit } from './rate-limit.ts'

/** What a route asks of a caller whom we know; `any`: nothing else. `operator` routes need the operator's key. */
export type CallerScope = KeyScope | 'operator' | 'any'

/** What a route asks of its caller. `public` routes need no key. */
export type Scope = CallerScope | 'public'

/** Who makes a request: the operator, a key of one workspace, or a customer in the portal of one. */
export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'key'; readonly key: ApiKey }
  | { readonly kind: 'portal'; readonly session: PortalSession }

/** A caller that may make this request, and the workspace that the path names, if it names one. */
export interface Admission {
  readonly caller: Caller
  readonly workspace: WorkspaceConfiguration | null
}

const operator: Caller = { kind: 'operator' }

/** What access asks the configuration. */
type AccessConfiguration = Pick<
  Configuration,
  'knownWorkspace' | 'knownWorkspaceBySlug' | 'knownKey' | 'workspace' | 'workspaceBySlug' | 'keyByHash'
>

/** Decides who may make which request. Runs before the body is read, so strangers cost no memory. */
export class Access {
  readonly #operatorHash: Buffer
  readonly #configuration: AccessConfiguration
  readonly #portalSession: (hash: Buffer) => Promise<PortalSession | null>
  readonly #limit: RateLimit
  readonly #now: () => number

  constructor(options: {
    operatorKey: string
    configuration: AccessConfiguration
    /** Finds a portal session by the SHA-256 of its token, expired or not. */
    portalSession: (hash: Buffer) => Promise<PortalSession | null>
    limit: RateLimit
    now: () => number
  }) {
    this.#operatorHash = hash('sha256', options.operatorKey, 'buffer')
    this.#configuration = options.configuration
    this.#portalSession = options.portalSession
    this.#limit = options.limit
    this.#now = options.now
  }

  /**
   * What is in memory is judged at once: waiting for it would cost a publish as much as all of these checks.
   *
   * @param workspace the id or slug in the path; null when the path names none
   * @param portal whether the route is open to sessions of the customer portal
   */
  admit(
    authorization: string | undefined,
    scope: CallerScope,
    workspace: string | null,
    portal = false,
  ): Admission | Promise<Admission> {
    const text = bearerToken(authorization)
    if (this.#isOperator(text)) return this.#admit(operator, scope, workspace)
    if (isPortalToken(text)) {
      // Asked of the database each time: portals ask little, and what is revoked then ends on every node at once.
      const found = this.#portalSession(hash('sha256', text, 'buffer'))
      return found.then((session) => {
        const caller = this.#portalCallerOf(session)
        return this.#admit(caller, portal ? scope : 'closed', workspace)
      })
    }
    if (!isWorkspaceKey(text)) throw unknownKey()
    // In hex: a Buffer would cost four times as much as the hashing.
    const digest = hash('sha256', text)
    const known = this.#configuration.knownKey(digest)
    if (known !== undefined) return this.#admit(this.#callerOf(known), scope, workspace)
    const found = this.#configuration.keyByHash(Buffer.from(digest, 'hex'))
    return found.then((key) => this.#admit(this.#callerOf(key), scope, workspace))
  }

  #admit(caller: Caller, scope: CallerScope | 'closed', workspace: string | null): Admission | Promise<Admission> {
    const wait = this.#limit.take(limitedAs(caller), this.#now())
    if (wait > 0) {
      throw new Problem('too_many_requests', 'This API key made more requests per second than this node allows.', {
        retryAfterSeconds: Math.ceil(wait),
      })
    }
    const admitTo = (named: WorkspaceConfiguration | null): Admission => {
      if (workspace !== null && named === null) {
        throw new Problem('not_found', 'There is no workspace with this id or slug.')
      }
      requireScope(caller, scope)
      return { caller, workspace: named }
    }
    const named = workspace === null ? null : this.#named(caller, workspace)
    return named instanceof Promise ? named.then(admitTo) : admitTo(named)
  }

  #isOperator(text: string): boolean {
    return isOperatorKey(text) && timingSafeEqual(hash('sha256', text, 'buffer'), this.#operatorHash)
  }

  #callerOf(key: ApiKey | null): Caller {
    if (key === null || isExpired(key, this.#now())) throw unknownKey()
    return { kind: 'key', key }
  }

  #portalCallerOf(session: PortalSession | null): Caller {
    if (session === null || isExpired(session, this.#now())) {
      throw new Problem('unauthorized', 'This link has expired or was ended. Open the portal anew where you found it.')
    }
    return { kind: 'portal', session }
  }

  /**
   * For a key only its own workspace is looked at: how long it takes to hear that there is nothing here must not tell
   * whether another workspace has this slug.
   */
  #named(caller: Caller, name: string): WorkspaceConfiguration | null | Promise<WorkspaceConfiguration | null> {
    const configuration = this.#configuration
    if (caller.kind !== 'operator') {
      const workspaceId = workspaceOf(caller)
      const ifNamed = (own: WorkspaceConfiguration | null) =>
        own !== null && (own.typeId === name || own.workspace.slug === name) ? own : null
      const own = configuration.knownWorkspace(workspaceId)
      return own ? ifNamed(own) : configuration.workspace(workspaceId).then(ifNamed)
    }
    if (isSlug(name)) return configuration.knownWorkspaceBySlug(name) ?? configuration.workspaceBySlug(name)
    const id = fromTypeId(idPrefix.workspace, name)
    return id === null ? null : (configuration.knownWorkspace(id) ?? configuration.workspace(id))
  }
}

function unknownKey(): Problem {
  return new Problem('unauthorized', 'The API key is unknown, expired or revoked.')
}

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new Problem('unauthorized', 'Send an API key in the header "Authorization: Bearer <key>".')
  }
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
}

function requireScope(caller: Caller, scope: CallerScope | 'closed'): void {
  if (caller.kind === 'operator') return
  // What a portal session may do is decided route by route.
  if (scope === 'closed') throw new Problem('forbidden', 'This is not open to sessions of the customer portal.')
  if (caller.kind === 'portal') return
  if (scope === 'operator') throw new Problem('forbidden', 'Only the operator may do this.')
  if (scope === 'any' || scopesOf(caller).includes(scope)) return
  throw new Problem('forbidden', `This API key lacks the scope "${scope}".`)
}

/** Sessions of a portal share a bucket, or whoever makes many of them would be without a limit. */
function limitedAs(caller: Caller): string {
  if (caller.kind === 'operator') return 'operator'
  return caller.kind === 'key' ? caller.key.id : `portal ${caller.session.workspaceId}`
}

/** The workspace of a caller who has but one. */
export function workspaceOf(caller: Exclude<Caller, { kind: 'operator' }>): string {
  return caller.kind === 'key' ? caller.key.workspaceId : caller.session.workspaceId
}

/** What a caller may do in the workspaces that are open to them; in a portal, on the routes that are. */
export function scopesOf(caller: Caller): readonly KeyScope[] {
  if (caller.kind === 'operator') return keyScopes
  if (caller.kind === 'portal') return ['read', 'manage']
  return keyScopes.filter((scope) => grants(caller.key.scopes, scope))
}

/** Who is named where something is kept that a caller has said. */
export function callerId(caller: Caller): string {
  if (caller.kind === 'operator') return 'operator'
  return caller.kind === 'key'
    ? toTypeId(idPrefix.key, caller.key.id)
    : toTypeId(idPrefix.portalSession, caller.session.id)
}
