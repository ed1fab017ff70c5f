import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { tunnelGraceSeconds } from '../domain/tunnel.ts'
import { Problem } from '../errors.ts'
import type { TunnelChannel } from '../pipeline/tunnel-connection.ts'
import { callerName } from './access.ts'
import { type Connecting, defineRoute, type Route } from './route.ts'
import type { Services } from './services.ts'
import { type Hello, tunnelProtocol } from './tunnel-frame.ts'
import { offerLatest } from './tunnel-latest.ts'
import { registerTunnel } from './tunnel-registration.ts'
import { type Opened, TunnelSocket } from './tunnel-socket.ts'

// Also those that have not said yet what they want. Beyond what a workspace may have open, for the operator's key.
const mostOfKey = 200
const retryAfterSeconds = 5

export function tunnelRoutes(services: Services): Route[] {
  const sockets = new Map<string, number>()
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/tunnel',
      scope: 'manage',
      tag: 'Tunnels',
      summary: 'Connect a tunnel',
      description: `A WebSocket of the protocol \`${tunnelProtocol}\`, for \`atlas webhooks listen\`: what this workspace sends to the tunnel's endpoint travels through it, signed and recorded like everything else.`,
      responses: { 101: { description: 'The WebSocket is open.' } },
      async handle() {
        throw new Problem('upgrade_required', `Ask for a WebSocket of the protocol ${tunnelProtocol}.`)
      },
      async connect(call) {
        requireWorker(services)
        requireProtocol(call)
        const keyId = callerName(call.caller)
        const before = sockets.get(keyId) ?? 0
        if (before >= mostOfKey) {
          const detail = `An API key may have ${mostOfKey} tunnels on a node.`
          throw new Problem('too_many_requests', detail, { retryAfterSeconds })
        }
        const socket = call.upgrade()
        if (!socket) return
        sockets.set(keyId, before + 1)
        socket.once('close', () => {
          const left = (sockets.get(keyId) ?? 1) - 1
          if (left > 0) sockets.set(keyId, left)
          else sockets.delete(keyId)
        })
        new TunnelSocket(socket, {
          tunnels: services.pipeline.tunnels,
          log: services.log,
          open: (hello, channel) => open(services, call, hello, channel),
          stillAdmitted: () => call.stillAdmitted(),
        })
      },
    }),
  ]
}

async function open(services: Services, call: Connecting, hello: Hello, channel: TunnelChannel): Promise<Opened> {
  const { endpoint, lease } = await registerTunnel(services, call, hello)
  const { id, name, slug } = call.workspace.workspace
  const welcome = {
    ...{ endpoint: toTypeId(idPrefix.endpoint, endpoint.id), secret: endpoint.secret },
    workspace: { id: toTypeId(idPrefix.workspace, id), name, slug },
    grace_seconds: tunnelGraceSeconds,
  }
  if (!lease) return { welcome, connection: null }
  if (hello.latest && hello.resume === undefined) await offerLatest(services, call, endpoint)
  return { welcome, connection: services.pipeline.tunnels.open(endpoint, lease, channel) }
}

function requireWorker({ config }: Services): void {
  if (config.roles.has('worker')) return
  const detail = 'This node does not deliver. Connect to one with the roles api and worker.'
  throw new Problem('no_tunnels_here', detail, { retryAfterSeconds: 1 })
}

function requireProtocol({ header }: Connecting): void {
  const offered = (header('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim())
  if (offered.includes(tunnelProtocol)) return
  throw new Problem('bad_request', `This server speaks ${tunnelProtocol}. Use a CLI of its version.`)
}
