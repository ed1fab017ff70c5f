import type { Attempt } from '../domain/attempt.ts'
import { durationBounds } from '../domain/attempt-duration.ts'
import type { DeliveryState } from '../domain/delivery.ts'
import { plainColumn } from './column.ts'

// The counts by duration are kept side by side in one long number, the first bound's in the lowest digits. All of them
// are then added, subtracted and summed up at once: with an array that was the dearest part of a recording. Counts stay
// far below the width, so none ever runs over into the next.
const digits = 12

/** Counts by duration, one for each bound, as they are stored: a numeric. */
export function packDurations(counts: readonly number[]): string {
  let packed = ''
  for (const count of counts) packed = String(count).padStart(digits, '0') + packed
  return packed
}

/** The counts of a numeric, one for each bound. */
export function unpackDurations(packed: string): number[] {
  const padded = packed.padStart(digits * durationBounds.length, '0')
  return durationBounds.map((_, index) => {
    const end = padded.length - index * digits
    return Number(padded.slice(end - digits, end))
  })
}

/** What a group of recordings adds to the counters of one endpoint, if all of it is stored. */
export class Tally {
  succeeded = 0
  failed = 0
  delivered = 0
  deadLettered = 0
  /** How many attempts took at most as long as each bound. */
  readonly durations: number[] = new Array(durationBounds.length).fill(0)

  countAttempt({ outcome, durationMs }: Pick<Attempt, 'outcome' | 'durationMs'>): void {
    if (outcome === 'success') this.succeeded++
    else this.failed++
    const { durations } = this
    for (let index = durations.length - 1; index >= 0 && durationMs <= (durationBounds[index] ?? 0); index--) {
      durations[index] = (durations[index] ?? 0) + 1
    }
  }

  /** Counts a delivery that comes to this state. */
  countDelivery(state: DeliveryState): void {
    if (state === 'delivered') this.delivered++
    else if (state === 'dead_letter') this.deadLettered++
  }
}

/** The parameters of `countedTables`, from `tallies` on, one entry for each endpoint. */
export function tallyColumns(tallies: readonly Tally[]): unknown[] {
  return [
    plainColumn(tallies.map((tally) => tally.succeeded)),
    plainColumn(tallies.map((tally) => tally.failed)),
    plainColumn(tallies.map((tally) => tally.delivered)),
    plainColumn(tallies.map((tally) => tally.deadLettered)),
    plainColumn(tallies.map((tally) => packDurations(tally.durations))),
  ]
}

// What an attempt adds to the stored number, by how many of the bounds it exceeds.
const exceeded = durationBounds.map((bound) => bound + 1).join()
const weights = [...durationBounds, Number.POSITIVE_INFINITY].map((_, exceeds) =>
  packDurations(durationBounds.map((_, index) => (index < exceeds ? 0 : 1))),
)

/**
 * CTEs for a statement that stores attempts and what became of their deliveries, so that the counters of endpoint_health
 * rise with it: they are then as exact as the tables, whichever process dies and however often a recording is repeated.
 * They come to `counted`, a row for each endpoint, and read what the statement must have: `stored_attempt`, the attempts
 * that were really inserted (endpoint_id, outcome, duration_ms), and `changed`, the deliveries that really changed
 * (endpoint_id, state).
 *
 * As a rule everything was stored, and the node's own tally is taken. Else, after a take-over or a repetition, the rows
 * are counted here, which costs more.
 *
 * @param names of parameters: the arrays of ids whose attempts and deliveries are to be stored, the uuid[] of the endpoints,
 *   and the number of the first of the `tallyColumns`
 */
export function countedTables(names: {
  readonly attempts: string
  readonly deliveries: string
  readonly endpoints: string
  readonly tallies: number
}): string {
  const { attempts, deliveries, endpoints, tallies } = names
  const [succeeded, failed, delivered, deadLettered, durations] = [0, 1, 2, 3, 4].map((index) => `$${tallies + index}`)
  return `
whole as materialized (
  select (select count(*) from changed) = cardinality(${deliveries}::uuid[])
    and (select count(*) from stored_attempt) = cardinality(${attempts}::uuid[]) as whole
),
counted as materialized (
  select c.* from unnest(${endpoints}::uuid[], ${succeeded}::bigint[], ${failed}::bigint[], ${delivered}::bigint[],
    ${deadLettered}::bigint[], ${durations}::numeric[])
    as c (endpoint_id, succeeded, failed, delivered, dead_lettered, durations)
  where (select whole from whole)
  union all
  select r.endpoint_id, sum(r.succeeded)::bigint, sum(r.failed)::bigint, sum(r.delivered)::bigint,
    sum(r.dead_lettered)::bigint, sum(r.durations)
  from (
    select endpoint_id, (outcome = 'success')::int as succeeded, (outcome <> 'success')::int as failed,
      0 as delivered, 0 as dead_lettered,
      ('{${weights.join()}}'::numeric[])[1 + width_bucket(duration_ms, '{${exceeded}}'::int[])] as durations
    from stored_attempt where not (select whole from whole)
    union all
    select endpoint_id, 0, 0, (state = 'delivered')::int, (state = 'dead_letter')::int, 0
    from changed where not (select whole from whole)
  ) r group by r.endpoint_id
)`
}

/** What an update of endpoint_health `e`, joined with `counted c`, sets. */
export const countedColumns = `
    succeeded = e.succeeded + c.succeeded, failed = e.failed + c.failed, delivered = e.delivered + c.delivered,
    dead_lettered = e.dead_lettered + c.dead_lettered, durations = e.durations + c.durations`
