import { randomBytes, randomFillSync } from 'node:crypto'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { Attempt } from '../domain/attempt.ts'
import { createAuditSigner } from '../domain/audit-checkpoint.ts'
import { type ShownState, shownState } from '../domain/delivery.ts'
import type { Endpoint, EndpointStatus } from '../domain/endpoint.ts'
import { createUuidGenerator } from '../domain/identifier.ts'
import { createKeyring } from '../domain/sealed.ts'
import { generateSecret } from '../domain/signature.ts'
import { parseCidrs, type TargetPolicy } from '../domain/target.ts'
import { type Clock, systemClock } from '../pipeline/clock.ts'
import { PipelineMetrics } from '../pipeline/metrics.ts'
import { createPipeline, type Pipeline } from '../pipeline/pipeline.ts'
import type { Smtp } from '../pipeline/smtp.ts'
import { attemptsOfDelivery } from '../storage/attempt.ts'
import { followAuditStream } from '../storage/audit-span.ts'
import { bumpConfiguration } from '../storage/configuration.ts'
import type { Database, Session } from '../storage/database.ts'
import { deliveriesOfEvent, type StoredDelivery } from '../storage/delivery.ts'
import { deleteEndpoint, findEndpoint, insertEndpoint, setEndpointStatus, updateEndpoint } from '../storage/endpoint.ts'
import { insertWorkspace } from '../storage/workspace.ts'
import { createTestDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { endAfter } from './teardown.ts'

/** A delivery as people see it, with what was attempted. */
export interface Story {
  readonly delivery: StoredDelivery
  readonly state: ShownState
  readonly attempts: readonly Attempt[]
}

const randomIds = createUuidGenerator(Date.now, (target) => void randomFillSync(target))
const sealing = { keyring: createKeyring(randomBytes(32).toString('base64')), random: randomBytes }
// The whole of the loopback network may be a target, as with --dev.
const policy: TargetPolicy = { allowHttp: true, allowed: allowed('127.0.0.0/8') }

/** The four rooms on a database of their own and with one workspace, in the test's process. */
export class TestPipeline {
  readonly pipeline: Pipeline
  readonly database: Database
  readonly workspaceId: string
  readonly #clock: Clock
  readonly #smtp: Smtp | null
  /** The nodes on this database that have not been stopped. */
  readonly #running: Set<Pipeline>

  private constructor(pipeline: Pipeline, home: Home, workspaceId: string) {
    this.pipeline = pipeline
    this.database = home.database
    this.workspaceId = workspaceId
    this.#clock = home.clock
    this.#smtp = home.smtp
    this.#running = home.running
  }

  static async start(
    t: TestContext,
    { clock = systemClock, smtp = null, works = true }: { clock?: Clock; smtp?: Smtp | null; works?: boolean } = {},
  ): Promise<TestPipeline> {
    const { database } = await createTestDatabase(t, { max: 10 })
    const running = new Set<Pipeline>()
    endAfter(t, async () => void (await Promise.all([...running].map((pipeline) => pipeline.stop()))))
    const home = { database, clock, smtp, running }
    const pipeline = await startNode(home, { alone: true, works })
    const workspace = await insertWorkspace(database, {
      ...{ id: randomIds(), name: 'Test', slug: null, strictTypes: false, validatePayloads: false },
      createdAt: new Date(clock.now()),
    })
    if (!workspace) throw new Error('the workspace was not stored')
    return new TestPipeline(pipeline, home, workspace.id)
  }

  /** One more node on the same database. */
  async startAnother(): Promise<TestPipeline> {
    const home = { database: this.database, clock: this.#clock, smtp: this.#smtp, running: this.#running }
    return new TestPipeline(await startNode(home, { alone: false, works: true }), home, this.workspaceId)
  }

  /** Stops this node before the test is over. */
  async stop(): Promise<void> {
    this.#running.delete(this.pipeline)
    await this.pipeline.stop()
  }

  async createEndpoint(url: string, given: Partial<Endpoint> = {}): Promise<Endpoint> {
    const at = new Date(this.#clock.now())
    const endpoint: Endpoint = {
      ...{ id: randomIds(), workspaceId: this.workspaceId, url, description: '', stream: 'events', profile: 'atlas' },
      auditSpan: null,
      tunnel: null,
      ...{ types: [], filter: null, tags: [], serialize: false, headers: {}, previousSecrets: [], options: {} },
      ...{ timeoutSeconds: 1, retryScheduleSeconds: [60], maxPerSecond: null, maxInFlight: 20, batch: null },
      ...{ status: 'active', statusReason: null, createdAt: at, updatedAt: at },
      secret: generateSecret(randomBytes(32)),
      ...given,
    }
    await this.#change(async (transaction) => {
      await insertEndpoint(transaction, endpoint, sealing)
      await followAuditStream(transaction, endpoint, null, endpoint.status)
    })
    return endpoint
  }

  async setStatus(endpoint: Endpoint, status: Exclude<EndpointStatus, 'deleted'>): Promise<void> {
    const { id, workspaceId } = endpoint
    const change = { id, workspaceId, status, reason: null, now: new Date(this.#clock.now()) }
    await this.#change(async (transaction) => {
      const before = await findEndpoint(transaction, workspaceId, id, sealing.keyring)
      await setEndpointStatus(transaction, change)
      if (before) await followAuditStream(transaction, before, before.status, status)
    })
    this.pipeline.wake([id])
  }

  /** Changes its settings as the API does; gives it as it is then. */
  async update(endpoint: Endpoint, settings: Partial<Endpoint>): Promise<Endpoint> {
    const changed = { ...endpoint, ...settings, updatedAt: new Date(this.#clock.now()) }
    await this.#change((transaction) => updateEndpoint(transaction, changed, sealing))
    this.pipeline.wake([endpoint.id])
    return changed
  }

  async delete({ id, workspaceId }: Endpoint): Promise<void> {
    await this.#change((transaction) =>
      deleteEndpoint(transaction, { id, workspaceId, now: new Date(this.#clock.now()) }),
    )
  }

  /** The endpoint as it is stored now; null when it was deleted. */
  async endpoint({ id }: Endpoint): Promise<Endpoint | null> {
    return await findEndpoint(this.database, this.workspaceId, id, sealing.keyring)
  }

  /** Publishes one event and gives its id. */
  async publish(given: { type?: string; data?: string; tags?: readonly string[]; id?: string } = {}): Promise<string> {
    const { type = 'deal.created', data = '{}', tags = [], id = randomIds() } = given
    const created = Math.floor(this.#clock.now() / 1000)
    await this.pipeline.publish({
      workspaceId: this.workspaceId,
      events: [
        {
          ...{ id, idGiven: given.id !== undefined, workspaceId: this.workspaceId, stream: 'events', type, tags },
          ...{ created, milliseconds: 0, data },
        },
      ],
      idempotency: null,
      answer: String,
    })
    return id
  }

  /** What became of the event at this endpoint so far. */
  async story(eventId: string, endpoint: Endpoint): Promise<Story> {
    // A delivery and its attempts are committed together, so they are read as of one moment.
    return await this.database.transaction(async (transaction) => {
      await transaction.script('set transaction isolation level repeatable read')
      const deliveries = await deliveriesOfEvent(transaction, this.workspaceId, eventId)
      const delivery = deliveries.find(({ endpointId }) => endpointId === endpoint.id)
      if (!delivery) throw new Error('the event has no delivery to this endpoint')
      const attempts = await attemptsOfDelivery(transaction, delivery.id)
      return { delivery, state: shownState(delivery, delivery.endpointStatus), attempts }
    })
  }

  /** The same, as soon as it satisfies the condition. */
  async storyOnce(eventId: string, endpoint: Endpoint, condition: (story: Story) => boolean): Promise<Story> {
    let last: Story | null = null
    const describe = (): string => `the delivery stayed ${last?.state} with ${last?.attempts.length} attempts`
    return await eventually(
      async () => {
        last = await this.story(eventId, endpoint)
        return condition(last) ? last : null
      },
      { describe },
    )
  }

  async #change(work: (transaction: Session) => Promise<unknown>): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await bumpConfiguration(transaction, this.workspaceId)
      await work(transaction)
    })
    await this.pipeline.configuration.refresh(this.workspaceId)
  }
}

interface Home {
  readonly database: Database
  readonly clock: Clock
  readonly smtp: Smtp | null
  readonly running: Set<Pipeline>
}

async function startNode(
  { database, clock, smtp, running }: Home,
  { alone, works }: { alone: boolean; works: boolean },
): Promise<Pipeline> {
  const pipeline = await createPipeline({
    ...{ database, clock, smtp, policy, alone, works },
    keyring: sealing.keyring,
    auditSigner: createAuditSigner('00'.repeat(32)),
    log: pino({ level: 'silent' }),
    metrics: new PipelineMetrics(new Registry()),
    userAgent: 'Atlas-Webhooks/test',
    description: { host: 'test', version: 'test', roles: works ? ['api', 'worker'] : ['api'] },
    publicUrl: () => 'https://atlas.example',
    retentionDays: 30,
  })
  running.add(pipeline)
  return pipeline
}

function allowed(text: string): TargetPolicy['allowed'] {
  const parsed = parseCidrs(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.cidrs
}
