import { isDeepStrictEqual } from 'node:util'
import type { Endpoint } from '../domain/endpoint.ts'
import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import { generateSecret, secretBytes } from '../domain/signature.ts'
import {
  judgeForwardUrl,
  tunnelHash,
  tunnelRequestsAtOnce,
  tunnelRetrySchedule,
  tunnelTimeoutSeconds,
} from '../domain/tunnel.ts'
import { Problem } from '../errors.ts'
import type { Session } from '../storage/database.ts'
import { insertEndpoint, setEndpointStatus, updateEndpoint } from '../storage/endpoint.ts'
import type { Lease } from '../storage/lease.ts'
import { countOpenTunnels, forgetTunnels, tunnelsOfClient } from '../storage/tunnel.ts'
import { changeConfiguration, type Note, type WorkspaceAsker } from './administration.ts'
import { endpointChanges, endpointSettings, endpointTarget } from './endpoint-audit.ts'
import { judgeEndpoint, settingsOf } from './endpoint-fields.ts'
import type { Services } from './services.ts'
import type { Hello } from './tunnel-frame.ts'
import { invalid } from './validation.ts'

const mostOpen = 100
// Closed ones are kept for their secrets. The builds of a CI that listens are clients too, each of them a new one.
const mostClosed = 500

export interface Registration {
  readonly endpoint: Endpoint
  /** null: the tunnel was not to be opened. */
  readonly lease: Lease | null
}

/**
 * Opens a tunnel for a CLI: the one that it had when it lost its connection, else one of its own that is closed, else a new
 * one, with the secret of the others. Those that are open belong to other processes of the same machine.
 */
export async function registerTunnel(services: Services, asker: WorkspaceAsker, hello: Hello): Promise<Registration> {
  const { keyring } = services
  const workspaceId = asker.workspace.workspace.id
  const settings = await judgedSettings(services, hello)
  const hash = tunnelHash(hello.client)
  return await changeConfiguration(services, asker, async (transaction, note) => {
    const own = await tunnelsOfClient(transaction, workspaceId, hash, keyring)
    const resumed = fromTypeId(idPrefix.endpoint, hello.resume ?? '')
    const free = own.find(({ id }) => id === resumed) ?? own.find(({ status }) => status === 'disabled')
    if (hello.secret_only) {
      const known = free ?? own[0]
      const endpoint = known ?? create(services, workspaceId, hash, settings, null)
      if (!known)
        await insert(services, transaction, { ...endpoint, status: 'disabled', statusReason: 'not connected' }, note)
      return { endpoint, lease: null }
    }
    const endpoint = free
      ? await reopen(services, transaction, free, settings, note)
      : await add(services, transaction, create(services, workspaceId, hash, settings, own[0]?.secret ?? null), note)
    return { endpoint, lease: await services.pipeline.tunnels.seize(transaction, endpoint.id) }
  })
}

type Settings = ReturnType<typeof settingsOf>

async function judgedSettings({ targetPolicy }: Services, hello: Hello): Promise<Settings> {
  const { types, filter, headers } = hello
  const sent = {
    ...{ description: hello.name, timeout_seconds: tunnelTimeoutSeconds, max_in_flight: tunnelRequestsAtOnce },
    ...(types !== undefined && { types }),
    ...(filter !== undefined && { filter }),
    ...(headers !== undefined && { headers }),
    retry_schedule_seconds: hello.retry ? [...tunnelRetrySchedule] : [],
  }
  const { faults } = await judgeEndpoint(sent, targetPolicy)
  const forward = judgeForwardUrl(hello.forward_to)
  const all = forward.ok ? faults : [...faults, { path: 'forward_to', message: forward.reason }]
  if (!forward.ok || all.length > 0) throw invalid(all)
  return settingsOf({ ...sent, url: forward.url })
}

function create(
  { newId, now, randomBytes }: Services,
  workspaceId: string,
  tunnel: string,
  settings: Settings,
  secret: string | null,
): Endpoint {
  const at = now()
  return {
    ...settings,
    ...{ id: newId(), workspaceId, tunnel, stream: 'events', auditSpan: null, previousSecrets: [] },
    secret: secret ?? generateSecret(randomBytes(secretBytes)),
    ...{ status: 'active', statusReason: null, createdAt: at, updatedAt: at },
  }
}

async function add(services: Services, transaction: Session, endpoint: Endpoint, note: Note): Promise<Endpoint> {
  await requireRoom(transaction, endpoint.workspaceId)
  return await insert(services, transaction, endpoint, note)
}

async function insert(services: Services, transaction: Session, endpoint: Endpoint, note: Note): Promise<Endpoint> {
  await insertEndpoint(transaction, endpoint, sealing(services))
  await forgetTunnels(transaction, endpoint.workspaceId, mostClosed)
  note({
    action: 'webhook.created',
    target: endpointTarget(endpoint),
    description: 'A tunnel was made.',
    metadata: endpointSettings(endpoint),
  })
  return endpoint
}

/** Also for one that is still open, as after a lost connection: then nothing changes, as a rule. */
async function reopen(
  services: Services,
  transaction: Session,
  before: Endpoint,
  settings: Settings,
  note: Note,
): Promise<Endpoint> {
  const isClosed = before.status === 'disabled'
  if (isClosed) await requireRoom(transaction, before.workspaceId)
  if (!isClosed && isDeepStrictEqual({ ...before, ...settings }, before)) return before
  const now = services.now()
  const after: Endpoint = {
    ...before,
    ...settings,
    ...(isClosed && { status: 'active', statusReason: null }),
    updatedAt: now,
  }
  await updateEndpoint(transaction, after, sealing(services))
  if (isClosed) {
    const { id, workspaceId } = before
    await setEndpointStatus(transaction, { id, workspaceId, status: 'active', reason: null, now })
  }
  note({
    action: isClosed ? 'webhook.enabled' : 'webhook.updated',
    target: endpointTarget(after),
    description: isClosed ? 'A tunnel was opened.' : 'The settings of a tunnel were changed.',
    metadata: endpointChanges(before, after),
  })
  return after
}

async function requireRoom(transaction: Session, workspaceId: string): Promise<void> {
  if ((await countOpenTunnels(transaction, workspaceId)) < mostOpen) return
  throw new Problem('conflict', `A workspace may have ${mostOpen} tunnels open at the same time.`)
}

function sealing({ keyring, randomBytes }: Services) {
  return { keyring, random: randomBytes }
}
