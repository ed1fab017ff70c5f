import type { Registry } from 'prom-client'
import { Type } from 'typebox'
import { Problem } from '../errors.ts'
import { defineRoute, ok, type Route } from './route.ts'

export interface HealthOptions {
  /** Rejects while the database is away, resolves with false while its schema is not the one that we know. */
  readonly isMigrated: () => Promise<boolean>
  readonly isDraining: () => boolean
  readonly registry: Registry
}

const Status = Type.Object({ status: Type.String() }, { title: 'Status' })
const tag = 'Operation'

/** What supervisors and collectors ask. No key is needed, so nothing here may say anything about a tenant. */
export function healthRoutes({ isMigrated, isDraining, registry }: HealthOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/healthz',
      scope: 'public',
      tag,
      summary: 'Whether the process is alive',
      responses: { 200: { description: 'It is.', schema: Status } },
      handle: async () => ok({ status: 'ok' }),
    }),
    defineRoute({
      method: 'GET',
      path: '/readyz',
      scope: 'public',
      tag,
      summary: 'Whether requests can be served',
      description: 'The database is reachable and migrated, and the node is not shutting down; else 503.',
      responses: { 200: { description: 'They can.', schema: Status } },
      async handle() {
        if (isDraining()) throw new Problem('shutting_down', 'This node is shutting down.', { retryAfterSeconds: 2 })
        if (await isMigrated()) return ok({ status: 'ready' })
        throw new Problem('database_unavailable', 'The database has another schema than this version needs.', {
          retryAfterSeconds: 2,
        })
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/metrics',
      scope: 'public',
      tag,
      summary: 'Figures for Prometheus',
      responses: { 200: { description: 'The text format of Prometheus.', mediaType: 'text/plain' } },
      handle: async () => ({ status: 200, text: await registry.metrics(), mediaType: registry.contentType }),
    }),
  ]
}
