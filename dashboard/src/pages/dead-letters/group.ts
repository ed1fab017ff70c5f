import type { Delivery, Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'

/** Dead letters of one endpoint that were given up for one reason. */
export interface DeadLetterGroup {
  readonly key: string
  readonly endpoint: string
  readonly reason: Delivery['dead_letter_reason']
  /** What the endpoint last failed with; null: it is not known, or the endpoint is gone. */
  readonly lastError: string | null
  readonly rows: readonly Delivery[]
}

/** Of what was read so far, the largest group first. */
export function groupDeadLetters(
  rows: readonly Delivery[],
  endpoints: readonly Pick<Endpoint, 'id' | 'last_failure'>[],
): DeadLetterGroup[] {
  const byId = new Map(endpoints.map((each) => [each.id, each.last_failure]))
  const groups = Map.groupBy(rows, (row) => `${row.endpoint} ${row.dead_letter_reason}`)
  return [...groups]
    .flatMap(([key, inGroup]) => {
      const [first] = inGroup
      if (!first) return []
      const failure = byId.get(first.endpoint)
      const lastError = failure ? (failure.error_detail ?? failure.error) : null
      return [{ key, endpoint: first.endpoint, reason: first.dead_letter_reason, lastError, rows: inGroup }]
    })
    .sort((a, b) => b.rows.length - a.rows.length)
}
