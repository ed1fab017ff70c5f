import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import {
  type ApiKey,
  grants,
  isExpired,
  isOperatorKey,
  isPortalToken,
  isWorkspaceKey,
  type KeyScope,
} from '../domain/api-key.ts'
import { fromTypeId, idPrefix, toTypeId } from '../domain/identifier.ts'
import type { PortalSession } from '../domain/portal-session.ts'
import { isAtLeast, type Role, scopesOfRole } from '../domain/role.ts'
import { isSlug } from '../domain/workspace.ts'
import { Problem } from '../errors.ts'
import type { Configuration, WorkspaceConfiguration } from '../pipeline/configuration.ts'
import { isOwnOrigin } from './origin.ts'
import type { RateLimit } from './rate-limit.ts'

/** What a route asks of a caller whom we know; `any`: nothing else. `operator` routes need the operator's key. */
export type CallerScope = KeyScope | 'operator' | 'any'

/** What a route asks of its caller. `public` routes need no key. */
export type Scope = CallerScope | 'public'

/** Somebody who is signed in. */
export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly twoFactorEnabled: boolean
  /** May do everything, in every workspace. */
  readonly operator: boolean
}

/** Who makes a request: the operator, a key of one workspace, a customer in the portal of one, or who is signed in. */
export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'key'; readonly key: ApiKey }
  | { readonly kind: 'portal'; readonly session: PortalSession }
  | { readonly kind: 'user'; readonly user: User; readonly role: Role | null }

/** Whether this caller may do everything. */
export function isOperator(caller: Caller): boolean {
  return caller.kind === 'operator' || (caller.kind === 'user' && caller.user.operator)
}

/** Such as `operator`, `key_…`, `prt_…` or `usr_…`. */
export function callerName(caller: Caller): string {
  if (caller.kind === 'operator') return 'operator'
  if (caller.kind === 'portal') return toTypeId(idPrefix.portalSession, caller.session.id)
  return caller.kind === 'key' ? toTypeId(idPrefix.key, caller.key.id) : toTypeId(idPrefix.user, caller.user.id)
}

/** What a route asks of its callers. */
export interface Demand {
  readonly scope: CallerScope
  /** Of members; what the scope needs already if there is none. */
  readonly role: Role | undefined
  /** It changes something: from a browser only our own pages may ask for it. */
  readonly isWrite: boolean
  /** Whether sessions of the customer portal may ask for it. */
  readonly portal: boolean
}

/** What access asks about people. */
export interface Accounts {
  /** null: nobody is signed in with these cookies. */
  userOf(cookie: string): Promise<User | null>
  /** null: they are no member. */
  roleIn(workspaceId: string, userId: string): Promise<Role | null>
}

/** A caller that may make this request, and the workspace that the path names, if it names one. */
export interface Admission {
  readonly caller: Caller
  readonly workspace: WorkspaceConfiguration | null
}

type KeyCaller = Extract<Caller, { kind: 'operator' | 'key' }>

const operator: KeyCaller = { kind: 'operator' }

/** What access asks the configuration. */
type AccessConfiguration = Pick<
  Configuration,
  'knownWorkspace' | 'knownWorkspaceBySlug' | 'knownKey' | 'workspace' | 'workspaceBySlug' | 'keyByHash'
>

/** Decides who may make which request. Runs before the body is read, so strangers cost no memory. */
export class Access {
  readonly #operatorHash: Buffer
  readonly #configuration: AccessConfiguration
  readonly #accounts: Accounts
  readonly #publicUrl: () => string
  readonly #portalSession: (hash: Buffer) => Promise<PortalSession | null>
  readonly #limit: RateLimit
  readonly #now: () => number

  constructor(options: {
    operatorKey: string
    configuration: AccessConfiguration
    accounts: Accounts
    publicUrl: () => string
    /** Finds a portal session by the SHA-256 of its token, expired or not. */
    portalSession: (hash: Buffer) => Promise<PortalSession | null>
    limit: RateLimit
    now: () => number
  }) {
    this.#operatorHash = hash('sha256', options.operatorKey, 'buffer')
    this.#configuration = options.configuration
    this.#accounts = options.accounts
    this.#publicUrl = options.publicUrl
    this.#portalSession = options.portalSession
    this.#limit = options.limit
    this.#now = options.now
  }

  /**
   * What is in memory is judged at once: waiting for it would cost a publish as much as all of these checks.
   *
   * @param workspace the id or slug in the path; null when the path names none
   */
  admit(headers: IncomingHttpHeaders, demand: Demand, workspace: string | null): Admission | Promise<Admission> {
    const { authorization, cookie } = headers
    if (authorization === undefined && cookie !== undefined) return this.#admitUser(headers, cookie, demand, workspace)
    const text = bearerToken(authorization)
    if (this.#isOperator(text)) return this.#admit(operator, demand, workspace)
    if (isPortalToken(text)) return this.#admitPortal(text, demand, workspace)
    if (!isWorkspaceKey(text)) throw unknownKey()
    // In hex: a Buffer would cost four times as much as the hashing.
    const digest = hash('sha256', text)
    const known = this.#configuration.knownKey(digest)
    if (known !== undefined) return this.#admit(this.#callerOf(known), demand, workspace)
    const found = this.#configuration.keyByHash(Buffer.from(digest, 'hex'))
    return found.then((key) => this.#admit(this.#callerOf(key), demand, workspace))
  }

  /** What somebody may do is asked anew each time, so that a role that was taken away is gone with the answer. */
  async #admitUser(
    headers: IncomingHttpHeaders,
    cookie: string,
    { scope, role: wanted, isWrite }: Demand,
    name: string | null,
  ): Promise<Admission> {
    const user = await this.#accounts.userOf(cookie)
    if (user === null)
      throw new Problem('unauthorized', 'Nobody is signed in, or the session has ended. Sign in again.')
    this.#takeRequest(user.id)
    if (isWrite && !isOwnOrigin(headers, this.#publicUrl())) {
      throw new Problem('forbidden', 'From a browser, only the pages of this server may change anything.')
    }
    const workspace = name === null ? null : await this.#namedByAnybody(name)
    const role = workspace === null ? null : await this.#accounts.roleIn(workspace.workspace.id, user.id)
    if (!user.operator) requireRole(name, role, scope, wanted)
    else if (name !== null && workspace === null) throw noWorkspace()
    return { caller: { kind: 'user', user, role }, workspace }
  }

  /** Asked of the database each time: portals ask little, and what was ended then ends on every node at once. */
  async #admitPortal(token: string, { portal }: Demand, name: string | null): Promise<Admission> {
    const session = await this.#portalSession(hash('sha256', token, 'buffer'))
    if (session === null || isExpired(session, this.#now())) {
      throw new Problem('unauthorized', 'This link has expired or was ended. Open the portal anew where you found it.')
    }
    // Sessions of a workspace share a limit, or whoever makes many of them would be without one.
    this.#takeRequest(`portal ${session.workspaceId}`)
    const workspace = name === null ? null : await this.#own(session.workspaceId, name)
    if (name !== null && workspace === null) throw noWorkspace()
    if (!portal) throw new Problem('forbidden', 'This is not open to sessions of the customer portal.')
    return { caller: { kind: 'portal', session }, workspace }
  }

  #takeRequest(caller: string): void {
    const wait = this.#limit.take(caller, this.#now())
    if (wait > 0) {
      throw new Problem(
        'too_many_requests',
        'There were more requests per second than this node allows to one API key or person.',
        {
          retryAfterSeconds: Math.ceil(wait),
        },
      )
    }
  }

  #admit(caller: KeyCaller, demand: Demand, workspace: string | null): Admission | Promise<Admission> {
    this.#takeRequest(caller.kind === 'operator' ? 'operator' : caller.key.id)
    const admitTo = (named: WorkspaceConfiguration | null): Admission => {
      if (workspace !== null && named === null) throw noWorkspace()
      if (caller.kind === 'key') requireScope(caller.key, demand)
      return { caller, workspace: named }
    }
    const named = workspace === null ? null : this.#named(caller, workspace)
    return named instanceof Promise ? named.then(admitTo) : admitTo(named)
  }

  #isOperator(text: string): boolean {
    return isOperatorKey(text) && timingSafeEqual(hash('sha256', text, 'buffer'), this.#operatorHash)
  }

  #callerOf(key: ApiKey | null): KeyCaller {
    if (key === null || isExpired(key, this.#now())) throw unknownKey()
    return { kind: 'key', key }
  }

  #named(caller: KeyCaller, name: string): WorkspaceConfiguration | null | Promise<WorkspaceConfiguration | null> {
    return caller.kind === 'key' ? this.#own(caller.key.workspaceId, name) : this.#namedByAnybody(name)
  }

  /**
   * For a key only its own workspace is looked at: how long it takes to hear that there is nothing here must not tell
   * whether another workspace has this slug.
   */
  #own(workspaceId: string, name: string): WorkspaceConfiguration | null | Promise<WorkspaceConfiguration | null> {
    const ifNamed = (own: WorkspaceConfiguration | null) =>
      own !== null && (own.typeId === name || own.workspace.slug === name) ? own : null
    const own = this.#configuration.knownWorkspace(workspaceId)
    return own ? ifNamed(own) : this.#configuration.workspace(workspaceId).then(ifNamed)
  }

  #namedByAnybody(name: string): WorkspaceConfiguration | null | Promise<WorkspaceConfiguration | null> {
    const configuration = this.#configuration
    if (isSlug(name)) return configuration.knownWorkspaceBySlug(name) ?? configuration.workspaceBySlug(name)
    const id = fromTypeId(idPrefix.workspace, name)
    return id === null ? null : (configuration.knownWorkspace(id) ?? configuration.workspace(id))
  }
}

function unknownKey(): Problem {
  return new Problem('unauthorized', 'The API key is unknown, expired or revoked.')
}

function noWorkspace(): Problem {
  return new Problem('not_found', 'There is no workspace with this id or slug.')
}

/** For who is no operator. That there is a workspace which they are no member of, they are not told. */
function requireRole(name: string | null, role: Role | null, scope: CallerScope, wanted: Role | undefined): void {
  if (name !== null && role === null) throw noWorkspace()
  if (scope === 'operator') throw new Problem('forbidden', 'Only the operator may do this.')
  if (role === null) return
  if (scope !== 'any' && !grants(scopesOfRole(role), scope)) {
    throw new Problem('forbidden', `You are a ${role} of this workspace, who may not do this: ask for another role.`)
  }
  if (wanted === undefined || isAtLeast(role, wanted)) return
  throw new Problem(
    'forbidden',
    `Only ${wanted === 'owner' ? 'an owner' : 'an admin or owner'} of this workspace may do this.`,
  )
}

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new Problem('unauthorized', 'Send an API key in the header "Authorization: Bearer <key>", or sign in.')
  }
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
}

/** A key that may manage is as good as an admin, never as an owner: keys are copied to more places than people are. */
function requireScope(key: ApiKey, { scope, role }: Demand): void {
  if (scope === 'operator') throw new Problem('forbidden', 'Only the operator may do this.')
  if (role === 'owner') throw new Problem('forbidden', 'Only an owner of this workspace or the operator may do this.')
  if (scope === 'any' || grants(key.scopes, scope)) return
  throw new Problem('forbidden', `This API key lacks the scope "${scope}".`)
}
