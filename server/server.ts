import { randomBytes, randomFillSync } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { Access } from './api/access.ts'
import { Dashboard } from './api/dashboard.ts'
import { Listener } from './api/listener.ts'
import { requestDurations } from './api/metrics.ts'
import { Outbox } from './api/outbox.ts'
import { RateLimit } from './api/rate-limit.ts'
import { createRoutes } from './api/routes.ts'
import type { Services } from './api/services.ts'
import { SignIn } from './api/sign-in.ts'
import type { Config } from './config.ts'
import { createAuditSigner } from './domain/audit-checkpoint.ts'
import { noted, systemActor } from './domain/audit-note.ts'
import { createUuidGenerator, idPrefix, toTypeId } from './domain/identifier.ts'
import { createKeyring } from './domain/sealed.ts'
import { signInSecrets } from './domain/sign-in-secret.ts'
import { keepKeys } from './generated-keys.ts'
import packageFile from './package.json' with { type: 'json' }
import { systemClock } from './pipeline/clock.ts'
import { PipelineMetrics } from './pipeline/metrics.ts'
import { createPipeline } from './pipeline/pipeline.ts'
import { Smtp } from './pipeline/smtp.ts'
import { openAccountPool } from './storage/account-pool.ts'
import { appendAudit } from './storage/audit-append.ts'
import { type Database, openDatabase } from './storage/database.ts'
import { startEmbeddedPostgres } from './storage/embedded.ts'
import { migrate, readMigrations } from './storage/migrate.ts'
import { findPortalSessionByHash } from './storage/portal-session.ts'
import { schemaVersion } from './storage/schema-version.ts'
import { insertWorkspace } from './storage/workspace.ts'

export interface Server {
  readonly url: string
  readonly operatorKey: string
  /** A link that signs in as the operator, once. */
  signInLink(): Promise<{ readonly url: string }>
  /** Answers what is in flight, finishes and records attempts, gives back the rest. */
  stop(): Promise<void>
}

const databaseConnections = 12
// Statements are written for one plan: look-ups by index. The planner must neither plan each one anew, which costs more
// than running it, nor read a whole table because its statistics are from before the last burst.
const databaseSettings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
}
const drainMs = 10_000
const dashboardDirectory = join(import.meta.dirname, '..', 'dashboard', 'dist')

/** A node: config → storage → pipeline → api. What has started when a later step fails is stopped again. */
export async function startServer(config: Config, log: Logger): Promise<Server> {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart()
  }
  try {
    return { ...(await start(config, log, stops)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(config: Config, log: Logger, stops: (() => Promise<void>)[]): Promise<Omit<Server, 'stop'>> {
  const keys = await keepKeys(config.dataDir, config, randomBytes)
  const keyring = createKeyring(keys.masterKey)
  const auditSigner = createAuditSigner(keys.auditSigningKey)

  const { database, databaseUrl } = await openStorage(config, log, stops)
  const newId = createUuidGenerator(systemClock.now, (target) => void randomFillSync(target))
  if (config.dev) await createDefaultWorkspace(database, newId)

  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const targetPolicy = { allowHttp: config.allowHttp, allowed: config.allowTargets }
  // Until the port is known, deliveries of a node that takes any free one have to do with none.
  let url = publicUrl(config, config.port)
  const pipeline = await createPipeline({
    ...{ database, keyring, auditSigner, policy: targetPolicy, clock: systemClock, log },
    metrics: new PipelineMetrics(registry),
    userAgent: `Atlas-Webhooks/${packageFile.version}`,
    description: { host: hostname(), version: packageFile.version, roles: [...config.roles] },
    publicUrl: () => url,
    retentionDays: config.retentionDays,
    alone: config.databaseUrl === null,
    works: config.roles.has('worker'),
    smtp: config.mailServer && config.mailFrom ? new Smtp(config.mailServer, config.mailFrom) : null,
  })
  stops.push(() => pipeline.stop())

  const now = () => new Date()
  const outbox = config.mailServer
    ? new Outbox({ keyring, newId, randomBytes, now, wake: () => pipeline.wakeMailer() })
    : null
  const pool = openAccountPool(databaseUrl, log)
  stops.push(() => pool.end())
  const signIn = new SignIn({
    ...{ database, pool, now, newId, randomBytes, log, outbox, oidc: config.oidc, publicUrl: () => url },
    secrets: signInSecrets(keys.masterKey),
    audited: (chain) => pipeline.audited(chain),
  })
  stops.push(() => signIn.stop())
  const services: Services = {
    ...{ config, database, pipeline, keyring, auditSigner, targetPolicy, signIn, outbox, log, now, newId, randomBytes },
    publicUrl: () => url,
  }
  const newestMigration = (await readMigrations()).at(-1)?.number
  const node = {
    ...{ registry, version: packageFile.version, publicUrl: () => url },
    isMigrated: async () => (await schemaVersion(database)) === newestMigration,
    isDraining: () => listener.draining,
  }
  const listener: Listener = new Listener({
    // Health and metrics are served by every node.
    routes: createRoutes(services, node).filter(({ scope }) => config.roles.has('api') || scope === 'public'),
    access: new Access({
      operatorKey: keys.operatorKey,
      ...{ configuration: pipeline.configuration, accounts: signIn, publicUrl: () => url },
      portalSession: (hash) => findPortalSessionByHash(database, hash),
      limit: new RateLimit(config.maxRequestsPerSecond),
      now: Date.now,
    }),
    dashboard: config.roles.has('api') ? Dashboard.in(dashboardDirectory, config) : null,
    signIn: config.roles.has('api') ? signIn : null,
    log,
    durations: requestDurations(registry),
  })
  stops.unshift(() => listener.close())
  const port = await listener.listen(config.host, config.port)
  url = publicUrl(config, port)
  // Drained before the pipeline stops and closed after it, so that callers hear a 503 and not a refused connection.
  stops.push(() => listener.drain(drainMs))
  return { url, operatorKey: keys.operatorKey, signInLink: () => signIn.operatorLink() }
}

/** Brings the database up to date, without serving. Gives how many migrations were applied. */
export async function migrateDatabase(config: Config, log: Logger): Promise<number> {
  const stops: (() => Promise<void>)[] = []
  try {
    return (await openStorage(config, log, stops)).applied
  } finally {
    for (const stopPart of stops.reverse()) await stopPart()
  }
}

async function openStorage(
  config: Config,
  log: Logger,
  stops: (() => Promise<void>)[],
): Promise<{ database: Database; databaseUrl: string; applied: number }> {
  let url = config.databaseUrl
  if (url === null) {
    const postgres = await startEmbeddedPostgres({ dataDirectory: config.dataDir, log })
    stops.push(() => postgres.stop())
    url = postgres.url
  }
  const database = openDatabase(url, { max: databaseConnections, log, settings: databaseSettings })
  stops.push(() => database.close())
  const applied = await migrate(database, { log })
  return { database, databaseUrl: url, applied }
}

/** So that the commands of the first five minutes work as they are printed. */
async function createDefaultWorkspace(database: Database, newId: () => string): Promise<void> {
  const workspace = { name: 'Default', slug: 'default', strictTypes: false, validatePayloads: false }
  const [id, now] = [newId(), new Date()]
  await database.transaction(async (transaction) => {
    if (!(await insertWorkspace(transaction, { ...workspace, id, createdAt: now }))) return
    const target = { type: 'workspace', id: toTypeId(idPrefix.workspace, id), name: workspace.name }
    const description = 'The workspace of the development mode was created.'
    const note = { action: 'workspace.created', target, description } as const
    await appendAudit(transaction, id, [noted(note, systemActor)], now)
  })
}

function publicUrl({ publicUrl, host }: Config, port: number): string {
  return publicUrl ?? `http://${urlHost(host)}:${port}`
}

/** An address that a client can use: one that means "all" is no place to connect to. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
