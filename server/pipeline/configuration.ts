import { isDeepStrictEqual } from 'node:util'
import type { ApiKey } from '../domain/api-key.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { Keyring } from '../domain/sealed.ts'
import type { Workspace } from '../domain/workspace.ts'
import { findKeyByHash } from '../storage/api-key.ts'
import type { Database, Subscription } from '../storage/database.ts'
import { loadEndpoints } from '../storage/endpoint.ts'
import { listEventTypes, type StoredEventType } from '../storage/event-type.ts'
import { findWorkspace } from '../storage/workspace.ts'
import { FanOut } from './fan-out.ts'

/** Everything that a publish to one workspace, or the streaming of its audit log, depends on, as of one version. */
export interface WorkspaceConfiguration {
  readonly workspace: Workspace
  /** The workspace's id as it is shown. */
  readonly typeId: string
  readonly endpoints: readonly Endpoint[]
  /** The workspace's own event types, by name. */
  readonly eventTypes: ReadonlyMap<string, StoredEventType>
  /** Of the events that are published. */
  readonly fanOut: FanOut
  /** Of the entries of the audit log. */
  readonly auditFanOut: FanOut
}

/**
 * Workspaces, endpoints and keys in memory. Notifications refresh it early; what makes it safe is that every accept
 * compares the version, so that a node that missed a notification re-plans instead of missing an endpoint.
 */
export class Configuration {
  readonly #database: Database
  readonly #keyring: Keyring
  readonly #onChange: (configuration: WorkspaceConfiguration) => void
  readonly #workspaces = new Map<string, WorkspaceConfiguration>()
  readonly #loading = new Map<string, Promise<WorkspaceConfiguration | null>>()
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #slugs = new Map<string, string>()
  readonly #keys = new Map<string, ApiKey>()
  /** How often keys were forgotten. */
  #forgotten = 0
  #subscription: Subscription | null = null

  constructor(database: Database, keyring: Keyring, onChange: (configuration: WorkspaceConfiguration) => void) {
    this.#database = database
    this.#keyring = keyring
    this.#onChange = onChange
  }

  async start(): Promise<void> {
    this.#subscription = await this.#database.listen(
      'configuration',
      (workspaceId) => this.#changed(workspaceId),
      () => this.#forgetAll(),
    )
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop()
  }

  /** From memory only: what a publish asks first, since waiting for what is there already costs more. */
  knownWorkspace(id: string): WorkspaceConfiguration | undefined {
    return this.#workspaces.get(id)
  }

  knownWorkspaceBySlug(slug: string): WorkspaceConfiguration | undefined {
    const id = this.#slugs.get(slug)
    return id === undefined ? undefined : this.#workspaces.get(id)
  }

  /** @param hash of the key's text, in hex */
  knownKey(hash: string): ApiKey | undefined {
    return this.#keys.get(hash)
  }

  /** From memory when known, else from the database. Null: there is no such workspace. */
  async workspace(id: string): Promise<WorkspaceConfiguration | null> {
    return this.#workspaces.get(id) ?? (await this.reload(id))
  }

  async workspaceBySlug(slug: string): Promise<WorkspaceConfiguration | null> {
    const known = this.#slugs.get(slug)
    if (known) return await this.workspace(known)
    const workspace = await findWorkspace(this.#database, { slug })
    return workspace ? await this.workspace(workspace.id) : null
  }

  async keyByHash(hash: Buffer): Promise<ApiKey | null> {
    const name = hash.toString('hex')
    const known = this.#keys.get(name)
    if (known) return known
    const forgotten = this.#forgotten
    const key = await findKeyByHash(this.#database, hash)
    // A key that was deleted while it was being read must not be remembered: nobody would forget it any more.
    if (key && this.#forgotten === forgotten) this.#keys.set(name, key)
    return key
  }

  /** An endpoint whose workspace is loaded; undefined: not loaded, or deleted. */
  endpoint(id: string): Endpoint | undefined {
    return this.#endpoints.get(id)
  }

  /** Reads a workspace again; whoever asks meanwhile shares the answer that began after they asked or is newer. */
  async reload(id: string): Promise<WorkspaceConfiguration | null> {
    const loading = this.#loading.get(id)
    if (loading) await loading.catch(() => null)
    const started = this.#loading.get(id) ?? this.#load(id).finally(() => this.#loading.delete(id))
    this.#loading.set(id, started)
    return await started
  }

  /** After a change by this node itself, which does not wait for its own notification. */
  async refresh(id: string): Promise<void> {
    this.#forgetKeys(id)
    // The change is stored. If the database goes away right now, the next question asks it again.
    await this.reload(id).catch(() => this.#forget(id))
  }

  async #load(id: string): Promise<WorkspaceConfiguration | null> {
    // The workspace comes first: if anything changes between these reads, the version is too old and accept says so.
    const workspace = await findWorkspace(this.#database, { id })
    if (!workspace) {
      this.#forget(id)
      return null
    }
    const endpoints = await loadEndpoints(this.#database, id, this.#keyring)
    const eventTypes = await listEventTypes(this.#database, id)
    // What did not change stays the same object: what was compiled for it holds on.
    const before = this.#workspaces.get(id)
    const sameAsBefore = (type: StoredEventType): StoredEventType => {
      const known = before?.eventTypes.get(type.name)
      return known && isDeepStrictEqual(known, type) ? known : type
    }
    const configuration = {
      workspace,
      typeId: toTypeId(idPrefix.workspace, id),
      endpoints,
      eventTypes: new Map(eventTypes.map((type) => [type.name, sameAsBefore(type)])),
      fanOut: new FanOut(endpoints, 'events', before?.fanOut),
      auditFanOut: new FanOut(endpoints, 'audit', before?.auditFanOut),
    }
    this.#forget(id)
    this.#workspaces.set(id, configuration)
    if (workspace.slug !== null) this.#slugs.set(workspace.slug, id)
    for (const endpoint of endpoints) this.#endpoints.set(endpoint.id, endpoint)
    this.#onChange(configuration)
    return configuration
  }

  #changed(workspaceId: string): void {
    this.#forgetKeys(workspaceId)
    if (!this.#workspaces.has(workspaceId)) return
    // If the database goes away right now, the next accept or the listener's reconnect brings the change.
    this.reload(workspaceId).catch(() => this.#forget(workspaceId))
  }

  #forgetKeys(workspaceId: string): void {
    this.#forgotten++
    for (const [name, key] of this.#keys) if (key.workspaceId === workspaceId) this.#keys.delete(name)
  }

  #forget(id: string): void {
    const known = this.#workspaces.get(id)
    if (!known) return
    this.#workspaces.delete(id)
    if (known.workspace.slug !== null) this.#slugs.delete(known.workspace.slug)
    for (const endpoint of known.endpoints) this.#endpoints.delete(endpoint.id)
  }

  /** Notifications may have been missed. Endpoints are read again rather than dropped: deliveries are under way. */
  #forgetAll(): void {
    this.#forgotten++
    this.#keys.clear()
    this.#slugs.clear()
    for (const id of this.#workspaces.keys()) this.#changed(id)
  }
}
