import type { BaseLogger } from 'pino'
import type { Endpoint } from '../domain/endpoint.ts'
import { tunnelGraceSeconds } from '../domain/tunnel.ts'
import type { Database, Queryable } from '../storage/database.ts'
import { type Lease, seizeLease } from '../storage/lease.ts'
import { closeTunnel, type LeftTunnel, leftTunnels, releaseStrayTunnels, retryNow } from '../storage/tunnel.ts'
import type { Clock } from './clock.ts'
import type { Reply } from './exchange.ts'
import type { Node } from './node.ts'
import { type TunnelChannel, TunnelConnection, type TunnelRequest } from './tunnel-connection.ts'

export interface TunnelsOptions {
  readonly database: Database
  readonly node: Node
  readonly clock: Clock
  readonly log: BaseLogger
  /** This node can send to the endpoint now, and holds its lease. */
  connected(endpoint: Endpoint, lease: Lease): void
  /** It cannot any more. Resolves when the lease is given back. */
  disconnected(endpointId: string): Promise<void>
  /** Deliveries of this endpoint have become due. */
  wake(endpointId: string): void
  /** Its lease may be another node's by now. */
  reconsider(endpointId: string): void
}

const notHere: Reply = {
  response: null,
  failure: { error: 'reset', detail: 'the tunnel is not connected' },
  body: '',
  interrupted: true,
  timings: null,
}

/**
 * The tunnels that are connected to this node. An endpoint that is a tunnel is served by the node that its CLI is connected
 * to, and by none while it is away; whoever connects takes the lease with it.
 */
export class Tunnels {
  readonly #options: TunnelsOptions
  readonly #connections = new Map<string, TunnelConnection>()
  readonly #leaving = new Set<Promise<void>>()
  #stopping = false

  constructor(options: TunnelsOptions) {
    this.#options = options
  }

  /** Whether this node can send to the endpoint at all. */
  reaches({ id, tunnel }: Endpoint): boolean {
    return tunnel === null || this.#connections.has(id)
  }

  /** Takes the lease of a tunnel that is being connected, as part of the transaction that opens it. */
  async seize(transaction: Queryable, endpointId: string): Promise<Lease> {
    return await seizeLease(transaction, endpointId, this.#options.node.id)
  }

  /** The tunnel is open and this node has its lease: from now on what is due travels through the channel. */
  open(endpoint: Endpoint, lease: Lease, channel: TunnelChannel): TunnelConnection {
    this.#drop(endpoint.id)?.channel.close('replaced')
    const connection = new TunnelConnection(endpoint, channel)
    if (this.#stopping) channel.close('stopping')
    else {
      this.#connections.set(endpoint.id, connection)
      this.#options.connected(endpoint, lease)
    }
    return connection
  }

  /**
   * The connection is gone.
   *
   * @param meant the CLI said goodbye: the tunnel is closed at once, rather than kept for its return
   */
  left(connection: TunnelConnection, meant: boolean): void {
    connection.interrupt()
    const { endpointId: id, workspaceId } = connection
    if (this.#connections.get(id) !== connection) return
    this.#connections.delete(id)
    const leaving = this.#leave({ id, workspaceId }, meant).finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  async #leave(tunnel: LeftTunnel, meant: boolean): Promise<void> {
    const { clock, log, disconnected } = this.#options
    try {
      await disconnected(tunnel.id)
      if (meant) await this.#close(tunnel, 'the CLI has ended', clock.now())
    } catch (error) {
      log.warn({ err: error, endpoint: tunnel.id }, 'a tunnel could not be left in order; upkeep will')
    }
  }

  /** Sends a request through the tunnel of this endpoint. */
  async exchange({ id }: Endpoint, request: TunnelRequest, signal: AbortSignal | null): Promise<Reply> {
    return (await this.#connections.get(id)?.exchange(request, signal)) ?? notHere
  }

  /** The local server is back: the retries that wait for it need not wait any longer. */
  async retryNow({ endpointId }: TunnelConnection): Promise<void> {
    const { database, clock, wake } = this.#options
    if ((await retryNow(database, endpointId, new Date(clock.now()))) > 0) wake(endpointId)
  }

  /** Another node has the lease: the CLI has connected to that one. */
  taken(endpointId: string): void {
    this.#drop(endpointId)?.channel.close('replaced')
  }

  /**
   * These are the endpoints of the workspace that take events: what is not among them is closed or deleted. The others may
   * have been connected to another node, which is a change of the configuration, too.
   */
  configured(workspaceId: string, endpoints: readonly Endpoint[]): void {
    for (const connection of this.#connections.values()) {
      if (connection.workspaceId !== workspaceId) continue
      if (endpoints.some(({ id }) => id === connection.endpointId)) this.#options.reconsider(connection.endpointId)
      else {
        this.left(connection, false)
        connection.channel.close('closed')
      }
    }
  }

  /** What a node does from time to time: holds on to its tunnels, and closes those whose CLI has stayed away. */
  async upkeep(): Promise<void> {
    const { database, node, clock, wake } = this.#options
    // One that was taken for dead acquires its leases anew with this.
    for (const endpointId of this.#connections.keys()) wake(endpointId)
    const now = clock.now()
    await releaseStrayTunnels(database, node.id, [...this.#connections.keys()], new Date(now))
    const since = now - tunnelGraceSeconds * 1000
    for (const tunnel of await leftTunnels(database, new Date(since))) {
      await this.#close(tunnel, 'the CLI was away for too long', since)
    }
  }

  async #close(tunnel: LeftTunnel, reason: string, since: number): Promise<void> {
    const { database, clock } = this.#options
    await closeTunnel(database, tunnel, { reason, since: new Date(since), now: new Date(clock.now()) })
  }

  /** Closes every connection, when nothing is under way on them any more. The leases are given back with all others. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const { endpointId } of [...this.#connections.values()]) this.#drop(endpointId)?.channel.close('stopping')
    await Promise.all(this.#leaving)
  }

  /** Takes a connection off the list, so that what it says later counts no more. */
  #drop(endpointId: string): TunnelConnection | undefined {
    const connection = this.#connections.get(endpointId)
    this.#connections.delete(endpointId)
    connection?.interrupt()
    return connection
  }
}
