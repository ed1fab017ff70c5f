import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import type { Database } from '../storage/database.ts'
import { createTestDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { ServerProcess } from './server-process.ts'

const newestNode = { name: 'newest-node', text: 'select max(id) as id from nodes' }
const holderOf = { name: 'holder-of', text: 'select node from endpoint_leases where endpoint_id = $1' }

/** Several servers on one database, and which of them serves an endpoint. */
export class TestNodes {
  readonly servers: readonly ServerProcess[]
  readonly database: Database
  readonly #ids = new Map<ServerProcess, number>()

  private constructor(servers: readonly ServerProcess[], database: Database) {
    this.servers = servers
    this.database = database
  }

  /** @param envs what the first ones have in their environment, each its own */
  static async start(
    t: TestContext,
    count: number,
    envs: readonly Readonly<Record<string, string>>[] = [],
  ): Promise<TestNodes> {
    const { url, database } = await createTestDatabase(t)
    const servers: ServerProcess[] = []
    const nodes = new TestNodes(servers, database)
    for (let started = 0; started < count; started++) {
      const server = await ServerProcess.prepare(t, { databaseUrl: url, env: envs[started] ?? {} })
      servers.push(server)
      await nodes.startOne(server)
    }
    return nodes
  }

  /** Starts one of them that is not running, one at a time: it is the newest node then. */
  async startOne(server: ServerProcess): Promise<void> {
    await server.start()
    const [row] = await this.database.query<{ id: number }>(newestNode)
    assert(row)
    this.#ids.set(server, row.id)
  }

  get first(): ServerProcess {
    const [first] = this.servers
    assert(first)
    return first
  }

  /** The running server that holds the lease of the endpoint, as soon as there is one. */
  async holder(endpointId: string): Promise<ServerProcess> {
    return await eventually(async () => {
      const [row] = await this.database.query<{ node: number }>(holderOf, [fromTypeId(idPrefix.endpoint, endpointId)])
      return this.servers.find((server) => row !== undefined && this.#ids.get(server) === row.node) ?? null
    })
  }
}
