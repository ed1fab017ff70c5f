import type { Server } from './server.ts'

/** An endpoint that was created through the API. */
export interface CreatedEndpoint {
  readonly id: string
  readonly secret: string
}

/** A workspace of one scenario, set up through the API as a customer would. */
export class Workspace {
  readonly id: string
  readonly endpoints: CreatedEndpoint[] = []
  readonly #server: Server
  #publishKey = ''

  static async create(server: Server): Promise<Workspace> {
    const { id } = await call<{ id: string }>(server, 'POST', '/v1/workspaces', { name: 'Benchmark' })
    const workspace = new Workspace(server, id)
    const body = { name: 'benchmark', scopes: ['publish'] }
    workspace.#publishKey = (await call<{ key: string }>(server, 'POST', `/v1/workspaces/${id}/keys`, body)).key
    return workspace
  }

  private constructor(server: Server, id: string) {
    this.#server = server
    this.id = id
  }

  /** What a publish of this workspace needs, for the generator. */
  publishing(batch: boolean): { port: number; path: string; headers: Record<string, string> } {
    return {
      port: this.#server.port,
      path: `/v1/workspaces/${this.id}/events${batch ? '/batch' : ''}`,
      headers: { Authorization: `Bearer ${this.#publishKey}` },
    }
  }

  async addEndpoint(settings: Readonly<Record<string, unknown>> & { readonly url: string }): Promise<CreatedEndpoint> {
    const path = `/v1/workspaces/${this.id}/endpoints`
    const endpoint = await call<CreatedEndpoint>(this.#server, 'POST', path, settings)
    this.endpoints.push(endpoint)
    return endpoint
  }

  async pause(endpoint: CreatedEndpoint): Promise<void> {
    await call(this.#server, 'POST', `/v1/workspaces/${this.id}/endpoints/${endpoint.id}/pause`)
  }
}

async function call<Answer>(server: Server, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${server.operatorKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return (text === '' ? null : JSON.parse(text)) as Answer
}
