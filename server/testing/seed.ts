import { randomBytes, randomFillSync } from 'node:crypto'
import type { Attempt, Outcome } from '../domain/attempt.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { createAttemptIds, createUuidGenerator, deliveryId } from '../domain/identifier.ts'
import { createKeyring } from '../domain/sealed.ts'
import { generateSecret } from '../domain/signature.ts'
import { accept, type PlannedPublication } from '../storage/accept.ts'
import { followAuditStream } from '../storage/audit-span.ts'
import { claimDue } from '../storage/claim.ts'
import type { ClaimedDelivery } from '../storage/claimed-delivery.ts'
import { bumpConfiguration } from '../storage/configuration.ts'
import type { Database, Queryable } from '../storage/database.ts'
import { insertEndpoint, updateEndpoint } from '../storage/endpoint.ts'
import { createPartitions } from '../storage/partition.ts'
import { insertWorkspace } from '../storage/workspace.ts'

export const newId = createUuidGenerator(Date.now, (target) => void randomFillSync(target))
const newAttemptId = createAttemptIds((pool) => void randomFillSync(pool))
export const testSealing = { keyring: createKeyring(randomBytes(32).toString('base64')), random: randomBytes }

const day = 86_400_000

export interface GivenEvent {
  readonly id?: string
  readonly type?: string
  readonly tags?: readonly string[]
  readonly data?: string
  readonly owner?: number
  readonly key?: string
  readonly configVersion?: number
}

/** A workspace in an empty database, for tests that need no running node. */
export class Seed {
  readonly database: Database
  readonly workspaceId: string

  private constructor(database: Database, workspaceId: string) {
    this.database = database
    this.workspaceId = workspaceId
  }

  static async plant(database: Database): Promise<Seed> {
    const now = Date.now()
    await createPartitions(database, new Date(now - day), new Date(now + day))
    const workspace = { name: 'Test', slug: null, strictTypes: false, validatePayloads: false }
    const stored = await insertWorkspace(database, { ...workspace, id: newId(), createdAt: new Date(now) })
    if (!stored) throw new Error('the workspace was not stored')
    return new Seed(database, stored.id)
  }

  /** Stores an endpoint, without a change of the configuration's version. */
  async endpoint(given: Partial<Endpoint> = {}): Promise<Endpoint> {
    const at = new Date()
    const endpoint: Endpoint = {
      ...{ id: newId(), workspaceId: this.workspaceId, url: 'http://127.0.0.1:9/', description: '', stream: 'events' },
      auditSpan: null,
      tunnel: null,
      ...{ types: [], filter: null, tags: [], serialize: false, headers: {}, previousSecrets: [], options: {} },
      ...{ timeoutSeconds: 1, retryScheduleSeconds: [60], maxPerSecond: null, maxInFlight: 20, batch: null },
      ...{ status: 'active', statusReason: null, createdAt: at, updatedAt: at, profile: 'atlas' },
      secret: generateSecret(randomBytes(32)),
      ...given,
    }
    await this.database.transaction(async (transaction) => {
      await insertEndpoint(transaction, endpoint, testSealing)
      await followAuditStream(transaction, endpoint, null, endpoint.status)
    })
    return endpoint
  }

  /** Stores other settings of the endpoint, as the API does; gives it as it is then. */
  async update(endpoint: Endpoint, settings: Partial<Endpoint>): Promise<Endpoint> {
    const changed = { ...endpoint, ...settings, updatedAt: new Date(endpoint.updatedAt.getTime() + 1) }
    await this.database.transaction(async (transaction) => {
      await updateEndpoint(transaction, changed, testSealing)
      await bumpConfiguration(transaction, this.workspaceId)
    })
    return changed
  }

  /** Changes endpoints as the API does: with a new version of the configuration, which all nodes are told of. */
  async change(text: string, values: readonly unknown[]): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await transaction.execute({ name: `change ${text}`.slice(0, 60), text }, values)
      await bumpConfiguration(transaction, this.workspaceId)
    })
  }

  /** A publication of one event to these endpoints. */
  publication(endpoints: readonly Endpoint[], given: GivenEvent = {}): PlannedPublication {
    const { id = newId(), type = 'deal.created', tags = [], data = '{}', owner = 0, key, configVersion = 1 } = given
    return {
      ...{ workspaceId: this.workspaceId, stream: 'events', configVersion, response: `answer to ${id}` },
      idempotency: key === undefined ? null : { key, bodyHash: Buffer.from(id) },
      events: [
        {
          event: {
            ...{ id, workspaceId: this.workspaceId, stream: 'events', type, tags, data },
            ...{ created: 1_700_000_000, milliseconds: 0 },
          },
          idGiven: given.id !== undefined,
          deliveries: endpoints.map((endpoint) => ({
            id: deliveryId(id, endpoint.id),
            endpointId: endpoint.id,
            owner,
          })),
        },
      ],
    }
  }

  /** Accepts that many events for an endpoint; gives the ids of their deliveries. */
  async accepted(endpoint: Endpoint, count: number, owner = 0, now = new Date()): Promise<string[]> {
    const publications = Array.from({ length: count }, () => this.publication([endpoint], { owner }))
    await accept(this.database, publications, owner, now)
    return publications.flatMap(({ events }) => events.flatMap(({ deliveries }) => deliveries.map(({ id }) => id)))
  }

  /** Accepts one event for an endpoint and claims its delivery for a node. */
  async claimed(endpoint: Endpoint, node: number): Promise<ClaimedDelivery> {
    await this.accepted(endpoint, 1)
    const [claimed] = await claimDue(
      this.database,
      [{ endpointId: endpoint.id, share: 1, epoch: null }],
      node,
      new Date(),
    )
    if (!claimed) throw new Error('nothing was claimed')
    return claimed
  }
}

export interface StoredRow {
  readonly id: string
  readonly endpoint_id: string
  readonly sequence: number
  readonly state: string
  readonly owner: number
  readonly attempt_count: number
  readonly cycle_attempts: number
  readonly first_attempt_at: Date | null
  readonly next_attempt_at: Date | null
  readonly scheduled_retry_at: Date | null
  readonly dead_lettered_at: Date | null
  readonly dead_letter_reason: string | null
  readonly settled_at: Date | null
}

/** All deliveries as they are stored, by endpoint and sequence. */
export async function storedDeliveries(database: Queryable): Promise<StoredRow[]> {
  return await database.query<StoredRow>({
    name: 'stored-deliveries',
    text: 'select * from deliveries order by endpoint_id, sequence',
  })
}

/** An attempt as deliver would give it. */
export function attemptOf({ delivery }: ClaimedDelivery, outcome: Outcome, startedAt = new Date()): Attempt {
  const status = outcome === 'success' ? 200 : 500
  return {
    ...{ id: newAttemptId(delivery.id), number: delivery.attemptCount + 1, startedAt, durationMs: 5 },
    timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 4 },
    ...{ outcome, error: outcome === 'success' ? null : 'status', errorDetail: null, url: 'http://127.0.0.1:9/' },
    requestHeaders: { 'Content-Type': 'application/json' },
    response: { status, headers: {}, body: 'ok', truncated: false },
  }
}
