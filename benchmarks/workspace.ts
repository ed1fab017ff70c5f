import { eventText } from './payload.ts'
import type { Server } from './server.ts'

/** An endpoint that was created through the API. */
export interface CreatedEndpoint {
  readonly id: string
  readonly secret: string
}

export interface JobProgress {
  readonly state: string
  readonly done: number
  /** null: it still counts. */
  readonly total: number | null
  readonly error: string | null
}

/** A workspace of one scenario, set up through the API as a customer would. */
export class Workspace {
  readonly id: string
  readonly endpoints: CreatedEndpoint[] = []
  #server: Server
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

  /** The data directory has a new server, which listens on another port. */
  moveTo(server: Server): void {
    this.#server = server
  }

  /** What a publish of this workspace needs, for the generator. */
  publishing(batch: boolean): { port: number; path: string; headers: Record<string, string> } {
    return {
      port: this.#server.port,
      path: `/v1/workspaces/${this.id}/events${batch ? '/batch' : ''}`,
      headers: { Authorization: `Bearer ${this.#publishKey}` },
    }
  }

  /** What recording audit entries needs. */
  recording(batch: boolean): ReturnType<Workspace['publishing']> & { entries: true } {
    const path = `/v1/workspaces/${this.id}/audit-log${batch ? '/batch' : ''}`
    return { ...this.publishing(batch), path, entries: true }
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

  async resume(endpoint: CreatedEndpoint): Promise<void> {
    await call(this.#server, 'POST', `/v1/workspaces/${this.id}/endpoints/${endpoint.id}/resume`)
  }

  /** Publishes as many events at once. */
  async publish(count: number): Promise<void> {
    const events = Array.from({ length: count }, () => JSON.parse(eventText('deal.created')) as unknown)
    await call(this.#server, 'POST', `/v1/workspaces/${this.id}/events/batch`, { events })
  }

  /** Starts a job for everything of the last hour; gives its id. */
  async redeliver(endpoint: CreatedEndpoint): Promise<string> {
    const path = `/v1/workspaces/${this.id}/endpoints/${endpoint.id}/redeliver`
    const since = new Date(Date.now() - 3_600_000).toISOString()
    return (await call<{ id: string }>(this.#server, 'POST', path, { since })).id
  }

  async job(id: string): Promise<JobProgress> {
    return await call(this.#server, 'GET', `/v1/workspaces/${this.id}/jobs/${id}`)
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
