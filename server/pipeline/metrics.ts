import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Attempt } from '../domain/attempt.ts'

/** The pipeline in figures, for operators. No label names a tenant. */
export class PipelineMetrics {
  readonly claimDuration: Histogram
  readonly #attempts: Counter
  readonly #duration: Histogram
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
    const registers = [registry]
    this.claimDuration = new Histogram({
      name: 'atlas_claim_duration_seconds',
      help: 'How long claiming due deliveries takes',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
      registers,
    })
    this.#attempts = new Counter({
      name: 'atlas_attempts_total',
      help: 'Attempts by outcome and error',
      labelNames: ['outcome', 'error'],
      registers,
    })
    this.#duration = new Histogram({
      name: 'atlas_attempt_duration_seconds',
      help: 'How long attempts take',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    })
  }

  observeAttempt({ outcome, error, durationMs }: Attempt): void {
    this.#attempts.inc({ outcome, error: error ?? 'none' })
    this.#duration.observe(durationMs / 1000)
  }

  watch(gauges: { waiting(): number; inFlight(): number; unstreamed(): number }): void {
    const registers = [this.#registry]
    new Gauge({
      name: 'atlas_deliveries_in_memory',
      help: 'Deliveries that this node holds, waiting or in flight',
      registers,
      collect() {
        this.set(gauges.waiting())
      },
    })
    new Gauge({
      name: 'atlas_requests_in_flight',
      help: 'Requests to endpoints in flight',
      registers,
      collect() {
        this.set(gauges.inFlight())
      },
    })
    new Gauge({
      name: 'atlas_audit_entries_unstreamed',
      help: 'Audit entries of all workspaces that wait to be streamed to endpoints, as this node last saw it',
      registers,
      collect() {
        this.set(gauges.unstreamed())
      },
    })
  }
}
