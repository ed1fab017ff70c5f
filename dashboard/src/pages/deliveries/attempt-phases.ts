import type { Attempt } from '@atlas-webhooks/sdk/src/generated/schemas.ts'

export interface Phase {
  readonly name: string
  readonly ms: number
}

/**
 * Where the time of an attempt went, in order. What a kept connection spared is left out; what no phase accounts for,
 * such as reading the body, is the rest.
 */
export function phasesOf({ timings, duration_ms: total }: Pick<Attempt, 'timings' | 'duration_ms'>): Phase[] {
  if (!timings) return []
  const known = (
    [
      ['Look-up', timings.dns_ms],
      ['Connect', timings.connect_ms],
      ['TLS', timings.tls_ms],
      ['First byte', timings.first_byte_ms],
    ] as const
  ).flatMap(([name, ms]) => (ms === null ? [] : [{ name, ms }]))
  const rest = total - known.reduce((sum, { ms }) => sum + ms, 0)
  return rest > 0 ? [...known, { name: 'Rest', ms: rest }] : known
}
