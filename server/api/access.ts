import { hash, timingSafeEqual } from 'node:crypto'
import { type ApiKey, grants, isExpired, isOperatorKey, isWorkspaceKey, type KeyScope } from '../domain/api-key.ts'
import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import { isSlug } from '../domain/workspace.ts'
import { Problem } from '../errors.ts'
import type { Configuration, WorkspaceConfiguration } from '../pipeline/configuration.ts'
import type { RateLimit } from './rate-limit.ts'

/** What a route asks of its caller. `public` routes need no key; `operator` routes need the operator's. */
export type Scope = KeyScope | 'operator' | 'public'

/** Who makes a request: the operator, or a key of one workspace. */
export type Caller = { readonly kind: 'operator' } | { readonly kind: 'key'; readonly key: ApiKey }

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
  readonly #limit: RateLimit
  readonly #now: () => number

  constructor(options: {
    operatorKey: string
    configuration: AccessConfiguration
    limit: RateLimit
    now: () => number
  }) {
    this.#operatorHash = hash('sha256', options.operatorKey, 'buffer')
    this.#configuration = options.configuration
    this.#limit = options.limit
    this.#now = options.now
  }

  /** @param workspace the id or slug in the path; null when the path names none */
  async admit(
    authorization: string | undefined,
    scope: KeyScope | 'operator',
    workspace: string | null,
  ): Promise<Admission> {
    const text = bearerToken(authorization)
    const caller = this.#isOperator(text) ? operator : { kind: 'key' as const, key: await this.#requireKey(text) }
    const wait = this.#limit.take(caller.kind === 'operator' ? 'operator' : caller.key.id, this.#now())
    if (wait > 0) {
      throw new Problem('too_many_requests', 'This API key made more requests per second than this node allows.', {
        retryAfterSeconds: Math.ceil(wait),
      })
    }
    const named = workspace === null ? null : await this.#named(caller, workspace)
    if (workspace !== null && named === null) {
      throw new Problem('not_found', 'There is no workspace with this id or slug.')
    }
    if (caller.kind === 'key') requireScope(caller.key, scope)
    return { caller, workspace: named }
  }

  #isOperator(text: string): boolean {
    return isOperatorKey(text) && timingSafeEqual(hash('sha256', text, 'buffer'), this.#operatorHash)
  }

  async #requireKey(text: string): Promise<ApiKey> {
    if (isWorkspaceKey(text)) {
      const digest = hash('sha256', text, 'buffer')
      const key = this.#configuration.knownKey(digest) ?? (await this.#configuration.keyByHash(digest))
      if (key !== null && !isExpired(key, this.#now())) return key
    }
    throw new Problem('unauthorized', 'The API key is unknown, expired or revoked.')
  }

  /**
   * For a key only its own workspace is looked at: how long it takes to hear that there is nothing here must not tell
   * whether another workspace has this slug.
   */
  async #named(caller: Caller, name: string): Promise<WorkspaceConfiguration | null> {
    const slug = isSlug(name)
    const id = slug ? null : fromTypeId(idPrefix.workspace, name)
    const configuration = this.#configuration
    if (caller.kind === 'key') {
      const { workspaceId } = caller.key
      const own = configuration.knownWorkspace(workspaceId) ?? (await configuration.workspace(workspaceId))
      return own !== null && (slug ? own.workspace.slug === name : own.workspace.id === id) ? own : null
    }
    if (slug) return configuration.knownWorkspaceBySlug(name) ?? (await configuration.workspaceBySlug(name))
    return id === null ? null : (configuration.knownWorkspace(id) ?? (await configuration.workspace(id)))
  }
}

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new Problem('unauthorized', 'Send an API key in the header "Authorization: Bearer <key>".')
  }
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
}

function requireScope(key: ApiKey, scope: KeyScope | 'operator'): void {
  if (scope === 'operator') throw new Problem('forbidden', 'Only the operator may do this.')
  if (grants(key.scopes, scope)) return
  throw new Problem('forbidden', `This API key lacks the scope "${scope}".`)
}
