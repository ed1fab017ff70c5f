import { Histogram, type Registry } from 'prom-client'

/** How long answers take, by route and status. No label names a tenant: paths are the table's, with placeholders. */
export function requestDurations(registry: Registry): Histogram<'method' | 'route' | 'status'> {
  return new Histogram({
    name: 'atlas_http_request_duration_seconds',
    help: 'How long requests to the API took, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
}
