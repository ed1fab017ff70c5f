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

/** Decides who may make which request. Runs before the body is read, so strangers cost no memory. */
export class Access {
  readonly #operatorHash: Buffer
  readonly #configuration: Pick<Configuration, 'workspace' | 'workspaceBySlug' | 'keyByHash'>
  readonly #limit: RateLimit
  readonly #now: () => number

  constructor(options: {
    operatorKey: string
    configuration: Pick<Configuration, 'workspace' | 'workspaceBySlug' | 'keyByHash'>
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
    const caller = await this.#identify(authorization)
    const wait = this.#limit.take(caller.kind === 'operator' ? 'operator' : caller.key.id, this.#now())
    if (wait > 0) {
      throw new Problem('too_many_requests', 'This API key made more requests per second than this node allows.', {
        retryAfterSeconds: Math.ceil(wait),
      })
    }
    const named = workspace === null ? null : await this.#resolve(caller, workspace)
    if (caller.kind === 'key') requireScope(caller.key, scope)
    return { caller, workspace: named }
  }

  async #identify(authorization: string | undefined): Promise<Caller> {
    if (authorization === undefined) {
      throw new Problem('unauthorized', 'Send an API key in the header "Authorization: Bearer <key>".')
    }
    const text = /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
    if (isOperatorKey(text)) {
      if (timingSafeEqual(hash('sha256', text, 'buffer'), this.#operatorHash)) return operator
    } else if (isWorkspaceKey(text)) {
      const key = await this.#configuration.keyByHash(hash('sha256', text, 'buffer'))
      if (key !== null && !isExpired(key, this.#now())) return { kind: 'key', key }
    }
    throw new Problem('unauthorized', 'The API key is unknown, expired or revoked.')
  }

  /** A key of another workspace learns no more than that there is nothing here for it. */
  async #resolve(caller: Caller, name: string): Promise<WorkspaceConfiguration> {
    const found = await this.#find(name)
    if (found !== null && (caller.kind === 'operator' || caller.key.workspaceId === found.workspace.id)) return found
    throw new Problem('not_found', 'There is no workspace with this id or slug.')
  }

  async #find(name: string): Promise<WorkspaceConfiguration | null> {
    if (isSlug(name)) return await this.#configuration.workspaceBySlug(name)
    const id = fromTypeId(idPrefix.workspace, name)
    return id === null ? null : await this.#configuration.workspace(id)
  }
}

function requireScope(key: ApiKey, scope: KeyScope | 'operator'): void {
  if (scope === 'operator') throw new Problem('forbidden', 'Only the operator may do this.')
  if (grants(key.scopes, scope)) return
  throw new Problem('forbidden', `This API key lacks the scope "${scope}".`)
}
