import type { Database } from '../server/storage/database.ts'
import { createPartitions } from '../server/storage/partition.ts'
import { dataText, numberDistance, sentAtMark } from './payload.ts'
import { takeIndexes } from './taken-indexes.ts'

export interface DeliveryHistory {
  /** UUIDs. */
  readonly workspaceId: string
  /** The first one gets every event, the others share a second delivery of each: the later, the fewer. */
  readonly endpointIds: readonly string[]
  /** How many deliveries: two of each event. */
  readonly count: number
  /** When the first event was published, and the last one: those between are evenly spread. */
  readonly from: Date
  readonly until: Date
}

/** Of each of these, and at the endpoint that is the last one, there are this many events in all. */
export const rareType = 'contract.voided'
export const rareTag = 'region:antarctica'
const rareCount = 50

/** The more to the left, the more often. */
export const types = ['deal.updated', 'deal.created', 'contact.updated', 'invoice.paid', 'task.completed', 'deal.won']
export const tags = ['region:europe', 'region:americas', 'region:asia', 'plan:enterprise']
/** The endpoint that is paused: its deliveries of the last day are held. */
export const pausedPlace = 2

const sessions = 2
const portion = 100_000

const draw = (seed: number): string => `(hashint8extended(n, ${seed}) & 4294967295)::float8 / 4294967296`
/** One of 1 to `count`, the lower the more often: the second half as often as the first. */
const rank = (seed: number, count: number | string): string => `floor(exp(${draw(seed)} * ln(${count} + 1)))::int`
const idOf = (kind: string): string => `(substr(time, 1, 8) || '-' || substr(time, 9) || '-7' ||
  substr(md5('${kind}' || n), 1, 3) || '-8' || substr(md5('${kind}' || n), 4, 3) || '-' ||
  substr(md5('${kind}' || n), 7, 12))::uuid`
const quoted = (texts: readonly string[]): string => `array[${texts.map((text) => `'${text}'`).join()}]`
const typeOf = `case when n % {rarity} = {rarity} / 3 then '${rareType}' else
  (${quoted(types)})[${rank(1, types.length)}] end`

// What there is of the n-th event: everything follows from hashes of its number.
const numbered = `
  select n, to_timestamp(ms / 1000.0) as at, ms, lpad(to_hex(ms), 12, '0') as time
  from (
    select n, {from}::bigint + n * {span}::bigint / {events} as ms
    from generate_series({first}::bigint, {last}::bigint) n offset 0
  ) numbered offset 0`

const insertEvents = `
insert into events (id, workspace_id, type, tags, created, received_at, data)
select ${idOf('event')}, {workspace}, ${typeOf},
  case when n % {rarity} = {rarity} / 2 then array['${rareTag}'] else
    array[(${quoted(tags)})[${rank(2, tags.length)}]] end,
  ms / 1000, at, overlay({data} placing lpad(n::text, 10, '0') from {numberAt} for 10)
from (${numbered}) e`

const insertDeliveries = `
insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, attempt_count, cycle_attempts,
  first_attempt_at, next_attempt_at, dead_lettered_at, dead_letter_reason, settled_at, created_at, last_attempt_at,
  last_duration_ms, last_status, last_error)
select id, event_id, ({endpoints})[place + 1], {workspace}, type, n, state,
  attempts, attempts, case when attempts > 0 then at end,
  case state when 'pending' then at when 'retrying' then {until} + draw * interval '1 day' + interval '1 day' end,
  case when state = 'dead_letter' then at + interval '2 days' end,
  case when state = 'dead_letter' then 'retries_exhausted' end,
  case when state = 'delivered' then at + draw * interval '1 second' when state = 'dead_letter' then at end, at,
  case when attempts > 0 then at end, 120, case when attempts > 1 then 500 when attempts > 0 then 200 end,
  case when attempts > 1 then 'status' end
from (
  select *, case state when 'pending' then 0 when 'retrying' then 4 when 'dead_letter' then 10 when 'canceled' then 0
    else 1 end as attempts
  from (
    select *, (case
      when place = ${pausedPlace} and at > {until} - interval '1 day' then 'pending'
      when draw < 0.02 and at > {until} - interval '2 days' then 'retrying'
      when draw < 0.005 then 'dead_letter'
      when draw < 0.006 then 'canceled'
      else 'delivered'
    end)::delivery_state as state
    from (
      select n, at, ${idOf('event')} as event_id, ${typeOf} as type, 0 as place, ${idOf('large')} as id,
        ${draw(3)} as draw
      from (${numbered}) large
      union all
      select n, at, ${idOf('event')}, ${typeOf}, case when n % {rarity} = 0 then {endpointCount} - 1 else
        ${rank(4, '{endpointCount} - 2')} end, ${idOf('other')}, ${draw(5)}
      from (${numbered}) other
      order by event_id
    ) drawn offset 0
  ) stated offset 0
) delivery`

const finish = [
  `update endpoint_sequences set last_sequence = {events} where endpoint_id = any({endpoints})`,
  // A history that has grown is one that autovacuum has seen.
  'vacuum (freeze, analyze) events, deliveries',
]

/**
 * Makes up the events of a workspace and two deliveries of each: most of them delivered, a few dead letters, and of the
 * last two days some that are retried or held, none of them due within a day. They have no attempts, which no list reads.
 *
 * @param database has a connection for each of two sessions
 */
export async function insertDeliveryHistory(database: Database, history: DeliveryHistory): Promise<void> {
  const { workspaceId, endpointIds, count, from, until } = history
  const data = dataText()
  const events = count / 2
  const fill = (statement: string, more: Readonly<Record<string, number>> = {}): string => {
    const values: Readonly<Record<string, string | number>> = {
      ...{ workspace: `'${workspaceId}'::uuid`, endpoints: `'{${endpointIds.join()}}'::uuid[]`, data: `'${data}'` },
      ...{ endpointCount: endpointIds.length, events, rarity: Math.floor(events / rareCount) },
      ...{
        from: from.getTime(),
        span: until.getTime() - from.getTime(),
        until: `'${until.toISOString()}'::timestamptz`,
      },
      numberAt: data.indexOf(sentAtMark) + sentAtMark.length + numberDistance + 1,
      ...more,
    }
    return statement.replace(/\{([a-zA-Z]+)\}/g, (whole, name: string) => String(values[name] ?? whole))
  }
  await createPartitions(database, from, until)
  const indexes = [...(await takeIndexes(database, 'events')), ...(await takeIndexes(database, 'deliveries'))]
  await database.session((session) => session.script(withoutLog))
  const portions = Array.from({ length: Math.ceil(events / portion) }, (_, index) => ({
    first: 1 + index * portion,
    last: Math.min(events, (index + 1) * portion),
  }))
  await Promise.all(
    Array.from({ length: sessions }, () =>
      database.session(async (session) => {
        for (let next = portions.shift(); next; next = portions.shift()) {
          await session.script(fill(insertEvents, next))
          await session.script(fill(insertDeliveries, next))
        }
      }),
    ),
  )
  await database.session(async (session) => {
    for (const statement of [...indexes, ...finish]) await session.script(fill(statement))
  })
}

// A database that is thrown away needs no log to recover it from, and the log would be as large as the tables.
const withoutLog = `
do $$
declare name text;
begin
  for name in select inhrelid::regclass from pg_inherits where inhparent in ('events'::regclass, 'deliveries'::regclass)
  loop execute 'alter table ' || name || ' set unlogged'; end loop;
end $$`
