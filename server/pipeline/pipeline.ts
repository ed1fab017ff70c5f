import { randomFillSync } from 'node:crypto'
import type { BaseLogger } from 'pino'
import type { Attempt } from '../domain/attempt.ts'
import type { AuditSigner } from '../domain/audit-checkpoint.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { createAttemptIds, createUuidGenerator } from '../domain/identifier.ts'
import type { Keyring } from '../domain/sealed.ts'
import type { TargetPolicy } from '../domain/target.ts'
import type { Database, Subscription } from '../storage/database.ts'
import { dueChannel } from '../storage/due.ts'
import type { NodeDescription } from '../storage/node.ts'
import { Accept } from './accept.ts'
import { Alerts } from './alerts.ts'
import { Announce } from './announce.ts'
import { AuditStream } from './audit-stream.ts'
import type { Clock } from './clock.ts'
import { Configuration } from './configuration.ts'
import { Deliver } from './deliver.ts'
import { Dispatch } from './dispatch.ts'
import { HandOver } from './hand-over.ts'
import { Jobs } from './jobs.ts'
import { alertMails, peopleMails } from './mail-queues.ts'
import { Mailer } from './mailer.ts'
import type { PipelineMetrics } from './metrics.ts'
import { Node } from './node.ts'
import { Pressure } from './pressure.ts'
import type { Publication } from './publication.ts'
import { Record } from './record.ts'
import type { Smtp } from './smtp.ts'
import type { Task } from './task.ts'
import { exampleSend, sendTest } from './test-send.ts'
import { Tunnels } from './tunnels.ts'
import { Upkeep } from './upkeep.ts'

export interface PipelineOptions {
  readonly database: Database
  readonly keyring: Keyring
  readonly auditSigner: AuditSigner
  readonly policy: TargetPolicy
  readonly clock: Clock
  readonly log: BaseLogger
  readonly metrics: PipelineMetrics
  readonly userAgent: string
  /** What this node is shown as. */
  readonly description: NodeDescription
  /** Where people reach this service, without a slash at the end. */
  readonly publicUrl: () => string
  readonly retentionDays: number
  /** The database is embedded: no other node can be alive on it. */
  readonly alone: boolean
  /** Whether this node attempts deliveries; one that does not leaves them to the others. */
  readonly works: boolean
  /** null: no mail server is set. */
  readonly smtp: Smtp | null
}

export interface Pipeline {
  readonly configuration: Configuration
  /** Resolves with the JSON of the answer once events and deliveries are committed; rejects with a Problem. */
  publish(publication: Publication): Promise<string>
  /** Sends a test event to the endpoint as it is configured, records the attempt, and gives it. */
  test(endpoint: Endpoint, type: string): Promise<Attempt>
  /** Deliveries of these endpoints have become due, such as by a replay. */
  wake(endpointIds: readonly string[]): void
  /** A job was stored. */
  wakeJobs(): void
  /** A mail to somebody was queued. Nodes that leave the deliveries to others leave them the mails too. */
  wakeMailer(): void
  /** Something was recorded in the audit log of this workspace. */
  audited(workspaceId: string): void
  readonly tunnels: Tunnels
  /** Accepts no more, finishes and records what is in flight, gives back the rest. */
  stop(): Promise<void>
}

const memoryForDeliveries = 96 * 1024 * 1024
const mostInFlight = 1_024

/** The four rooms, in the order in which an event walks through them: accept, dispatch, deliver, record. */
export async function createPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { database, clock, log, metrics } = options
  const node = await Node.register(database, new Date(clock.now()), options.description)
  const configuration = new Configuration(database, options.keyring, ({ workspace, endpoints }) => {
    for (const endpoint of endpoints) dispatch.endpointChanged(endpoint)
    tunnels.configured(workspace.id, endpoints)
  })
  const tunnels = new Tunnels({
    ...{ database, node, clock, log },
    connected: (endpoint, lease) => dispatch.connected(endpoint, lease),
    disconnected: (endpointId) => dispatch.disconnected(endpointId),
    wake: (endpointId) => dispatch.wake(endpointId, clock.now()),
    reconsider: (endpointId) => dispatch.reconsider(endpointId),
  })
  const newId = createUuidGenerator(
    () => clock.now(),
    (target) => void randomFillSync(target),
  )
  const deliver = new Deliver({
    policy: options.policy,
    clock,
    userAgent: options.userAgent,
    publicUrl: options.publicUrl,
    newAttemptId: createAttemptIds((pool) => void randomFillSync(pool)),
    newBatchAttemptId: newId,
    tunnels,
  })
  const record = new Record({
    database,
    clock,
    log,
    newId,
    random: Math.random,
    recorded: (task, nextAttemptAt) => dispatch.recorded(task, nextAttemptAt),
    audited: (workspaceId) => audited(workspaceId),
  })
  const pressure = new Pressure()
  const announce = new Announce(database, log)
  const dispatch: Dispatch = new Dispatch({
    database,
    configuration,
    pressure,
    node,
    clock,
    log,
    capacity: memoryForDeliveries,
    works: options.works,
    mostInFlight,
    observeClaim: (seconds) => metrics.claimDuration.observe(seconds),
    async attempt(endpoint: Endpoint, task: Task, signal: AbortSignal | null) {
      const result = await deliver.attempt(endpoint, task.delivery, task.event, signal)
      metrics.observeAttempt(result.attempt)
      record.add(task, endpoint, result)
      return result.attempt.outcome === 'success'
    },
    async attemptBatch(endpoint, tasks, signal, leave) {
      const result = await deliver.attemptBatch(endpoint, tasks, signal, (carried) => leave(tasks.slice(carried)))
      metrics.observeAttempt(result.attempt)
      record.addBatch(tasks, endpoint, result)
      return result.attempt.outcome === 'success'
    },
    announce: (endpointId) => announce.add(endpointId),
    tunnels,
  })
  const wake = createWake(options.works, dispatch, announce)
  const handOver = new HandOver({ dispatch, node, wake })
  const accept = new Accept({ database, configuration, dispatch, handOver, node, clock, log })
  const auditStream = new AuditStream({ database, configuration, dispatch, handOver, node, clock, log })
  const audited = (workspaceId: string): void => {
    // Those that work look from time to time for what the others have recorded.
    if (options.works) auditStream.wake(workspaceId)
  }
  const jobs = new Jobs({ database, clock, log, wake })
  // A node that leaves the deliveries to others leaves them the mails too.
  const queues = [peopleMails(database, options.keyring, log), alertMails(database)]
  const mailer = options.works && options.smtp ? new Mailer({ queues, clock, log, smtp: options.smtp }) : null
  const alerts = new Alerts({ ...options, newId, mailer })
  const upkeep = new Upkeep({ ...options, configuration, dispatch, node, alerts, audited, tunnels })

  metrics.watch({
    waiting: () => dispatch.waiting,
    inFlight: () => dispatch.inFlight,
    unstreamed: () => auditStream.unstreamed,
  })
  pressure.start()
  await configuration.start()
  const due = options.works ? await listenForDue(options, dispatch) : null
  await upkeep.start()
  if (options.works) jobs.wake()
  mailer?.wake()
  if (options.works) auditStream.start()

  return {
    configuration,
    publish: (publication) => accept.publish(publication),
    async test(endpoint, type) {
      const attempt = await sendTest(
        database,
        deliver,
        endpoint,
        exampleSend(newId(), endpoint, type, node.id, clock.now()),
      )
      metrics.observeAttempt(attempt)
      return attempt
    },
    wake,
    tunnels,
    wakeJobs() {
      if (options.works) jobs.wake()
    },
    wakeMailer: () => mailer?.wake(),
    audited,
    async stop() {
      await accept.stop()
      await auditStream.stop()
      await jobs.stop()
      await dispatch.stop()
      await tunnels.stop()
      pressure.stop()
      await record.stop()
      await releaseLeases(dispatch, announce, log)
      await upkeep.stop()
      await mailer?.stop()
      await configuration.stop()
      await deliver.stop()
      await due?.stop()
      await announce.stop()
      // If the database is away, the node is found dead by its silence instead.
      await node.retire(new Date(clock.now())).catch((error: unknown) => {
        log.warn({ err: error }, 'the node could not sign off')
      })
    },
  }
}

/** How deliveries that wait in the database come to somebody's attention before upkeep finds them. */
function createWake(works: boolean, dispatch: Dispatch, announce: Announce) {
  return (endpointIds: readonly string[]): void => {
    for (const endpointId of endpointIds) {
      if (works) dispatch.wakeServer(endpointId)
      else announce.add(endpointId)
    }
  }
}

/** Without the database they are free as soon as this node is found dead by its silence. */
async function releaseLeases(dispatch: Dispatch, announce: Announce, log: BaseLogger): Promise<void> {
  try {
    for (const endpointId of await dispatch.releaseLeases()) announce.add(endpointId)
  } catch (error) {
    log.warn({ err: error }, 'leases could not be given back')
  }
}

/** What was announced while nobody listened is found by upkeep. */
async function listenForDue({ database, clock }: PipelineOptions, dispatch: Dispatch): Promise<Subscription> {
  return await database.listen(
    dueChannel,
    (endpointId) => dispatch.wake(endpointId, clock.now()),
    () => {},
  )
}
