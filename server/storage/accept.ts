import type { Event, Stream } from '../domain/event.ts'
import { packTexts, plainColumn, textColumn } from './column.ts'
import type { Queryable } from './database.ts'

export interface PlannedDelivery {
  readonly id: string
  readonly endpointId: string
  /** The node that takes it into memory with the commit; 0: it waits in the database. */
  readonly owner: number
}

/** One publish request, or entries of an audit log: accepted as a whole or not at all. */
export interface PlannedPublication {
  readonly workspaceId: string
  /** Of all its events. */
  readonly stream: Stream
  /** The configuration that the fan-out was planned with. */
  readonly configVersion: number
  readonly idempotency: { readonly key: string; readonly bodyHash: Buffer } | null
  /** The answer that a repetition of the idempotency key gets. */
  readonly response: string
  readonly events: readonly {
    readonly event: Event
    /** The publisher chose the id, so it may exist. */
    readonly idGiven: boolean
    readonly deliveries: readonly PlannedDelivery[]
  }[]
}

/**
 * accepted: committed; `sequences` in the order of the publication's deliveries, null for one that is not stored because
 * its endpoint has gone with its workspace at this moment.
 * stale: the configuration has changed since the plan, or the workspace is gone.
 * event_exists: an event with one of the given ids is stored.
 * key_used: the idempotency key is taken.
 */
export type PublicationResult =
  | { readonly kind: 'accepted'; readonly sequences: readonly (number | null)[] }
  | { readonly kind: 'stale' | 'event_exists' | 'key_used' }

export interface AcceptResult {
  readonly results: readonly PublicationResult[]
  /** False: this node was declared dead, so what it accepted is owned by nobody. */
  readonly nodeAlive: boolean
}

// One statement, so one round trip and one commit for the whole group. The sequence rows are locked in endpoint order
// before any is updated, and keys are inserted in order: groups of several nodes then wait for each other but never in a
// circle. A row lock is held until the commit, so sequences rise in commit order and a rollback leaves no gap.
//
// Wherever rows are found by id, `= any(…)` says which ones although the join does too: the planner, whose statistics
// know nothing of a partition that was empty a moment ago, would rather read whole tables than look ids up.
const acceptStatement = {
  name: 'accept',
  text: `
with publication as materialized (
  select p.* from unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[], $5::text[], $21::text[]) with ordinality
    as p (workspace_id, config_version, key, body_hash, response, stream, number)
),
fresh as materialized (
  select p.* from publication p join workspaces w on w.id = p.workspace_id and w.config_version = p.config_version
  where w.id = any($1::uuid[])
),
event as materialized (
  select e.*, row_number() over () as number
  from unnest($6::int[], $7::uuid[], $8::text[], $9::text[], $10::bigint[], $11::int[], $12::int[], $13::boolean[],
    $22::smallint[])
    as e (publication, id, type, tags, created, data_offset, data_length, id_given, milliseconds)
),
existing as materialized (
  select distinct e.publication from event e
  where e.id_given and exists (select from events stored where stored.id = e.id)
),
new_key as (
  insert into idempotency_keys (workspace_id, key, body_hash, response, created_at)
  select f.workspace_id, f.key, f.body_hash, f.response, $18 from fresh f
  where f.key is not null and f.number not in (select publication from existing)
  order by f.workspace_id, f.key
  on conflict do nothing
  returning workspace_id, key
),
accepted as materialized (
  select f.number, f.workspace_id, f.stream from fresh f
  where f.number not in (select publication from existing)
    and (f.key is null or (f.workspace_id, f.key) in (select workspace_id, key from new_key))
),
stored_event as (
  insert into events (id, workspace_id, type, tags, created, received_at, data, stream, milliseconds)
  select e.id, a.workspace_id, e.type, e.tags::text[], e.created, $18,
    convert_from(substring($19::bytea from e.data_offset for e.data_length), 'UTF8'), a.stream, e.milliseconds
  from event e join accepted a on a.number = e.publication
),
delivery as materialized (
  select d.number, d.id, d.endpoint_id, d.owner, e.id as event_id, e.type, a.workspace_id
  from unnest($14::int[], $15::uuid[], $16::uuid[], $17::int[]) with ordinality
    as d (event, id, endpoint_id, owner, number)
  join event e on e.number = d.event
  join accepted a on a.number = e.publication
),
wanted as materialized (
  select endpoint_id, count(*) as deliveries from delivery group by endpoint_id
),
locked as materialized (
  select endpoint_id from endpoint_sequences
  where endpoint_id = any($16::uuid[]) and endpoint_id in (select endpoint_id from wanted)
  order by endpoint_id for update
),
numbering as (
  update endpoint_sequences s set last_sequence = s.last_sequence + w.deliveries
  from wanted w join locked l on l.endpoint_id = w.endpoint_id
  where s.endpoint_id = w.endpoint_id and s.endpoint_id = any($16::uuid[])
  returning s.endpoint_id, s.last_sequence - w.deliveries as base,
    (select e.serialize from endpoints e where e.id = s.endpoint_id) as ordered
),
node as materialized (
  select id from nodes where id = $20 and dead_at is null
),
numbered as materialized (
  select d.*, n.base + row_number() over (partition by d.endpoint_id order by d.number) as sequence, n.ordered
  from delivery d left join numbering n on n.endpoint_id = d.endpoint_id
),
stored_delivery as (
  insert into deliveries
    (id, event_id, endpoint_id, workspace_id, type, sequence, state, owner, next_attempt_at, created_at, ordered)
  select n.id, n.event_id, n.endpoint_id, n.workspace_id, n.type, n.sequence, 'pending',
    case when n.owner <> 0 and exists (select from node) then $20 else 0 end, $18, $18, n.ordered
  from numbered n where n.sequence is not null
)
select
  (select array_agg(number) from publication where number not in (select number from fresh)) as stale,
  (select array_agg(publication) from existing) as existing,
  (select array_agg(number) from fresh where number not in (select number from accepted)) as refused,
  (select array_agg(endpoint_id) from numbering) as endpoints,
  (select array_agg(base) from numbering) as bases,
  exists (select from node) as node_alive`,
}

// As little as it takes to work out the rest: parsing an array with an entry per delivery would cost more than that.
interface AcceptRow {
  stale: number[] | null
  existing: number[] | null
  refused: number[] | null
  endpoints: string[] | null
  bases: number[] | null
  node_alive: boolean
}

/**
 * Stores a group of publications in one transaction: events, their deliveries with the next sequences of their
 * endpoints, and idempotency keys. Publications that cannot be accepted are left out without harm to the others.
 *
 * @param node the id of this node, which owns the deliveries planned with it
 * @throws on a duplicate id within the group or of a concurrent group, and when the database is away: then the outcome
 *   is unknown
 */
export async function accept(
  database: Queryable,
  publications: readonly PlannedPublication[],
  node: number,
  now: Date,
): Promise<AcceptResult> {
  const [row] = await database.query<AcceptRow>(acceptStatement, columns(publications, node, now))
  if (!row) throw new Error('the accept statement gave no row')
  const stale = new Set(row.stale)
  const existing = new Set(row.existing)
  const refused = new Set(row.refused)
  const last = new Map(row.endpoints?.map((endpointId, index) => [endpointId, row.bases?.[index] ?? 0]))
  const results = publications.map((publication, index): PublicationResult => {
    const number = index + 1
    if (stale.has(number)) return { kind: 'stale' }
    if (refused.has(number)) return { kind: existing.has(number) ? 'event_exists' : 'key_used' }
    return { kind: 'accepted', sequences: sequencesOf(publication, last) }
  })
  return { results, nodeAlive: row.node_alive }
}

/** The sequences that the statement gave a publication's deliveries: each endpoint's rise in the group's order. */
function sequencesOf(publication: PlannedPublication, last: Map<string, number>): (number | null)[] {
  const sequences: (number | null)[] = []
  for (const { deliveries } of publication.events) {
    for (const { endpointId } of deliveries) {
      const before = last.get(endpointId)
      sequences.push(before === undefined ? null : before + 1)
      if (before !== undefined) last.set(endpointId, before + 1)
    }
  }
  return sequences
}

/** The group as one array per column: the cost of a statement no longer grows with the number of its parameters. */
function columns(publications: readonly PlannedPublication[], node: number, now: Date): unknown[] {
  const workspaceIds: string[] = []
  const versions: number[] = []
  const keys: (string | null)[] = []
  const hashes: (Buffer | null)[] = []
  const responses: (string | null)[] = []
  const streams: string[] = []
  const event = {
    publications: [] as number[],
    ids: [] as string[],
    types: [] as string[],
    tags: [] as string[],
    created: [] as number[],
    data: [] as string[],
    given: [] as boolean[],
    milliseconds: [] as number[],
  }
  const delivery = { events: [] as number[], ids: [] as string[], endpoints: [] as string[], owners: [] as number[] }
  for (const publication of publications) {
    workspaceIds.push(publication.workspaceId)
    versions.push(publication.configVersion)
    keys.push(publication.idempotency?.key ?? null)
    hashes.push(publication.idempotency?.bodyHash ?? null)
    responses.push(publication.idempotency ? publication.response : null)
    streams.push(publication.stream)
    for (const planned of publication.events) {
      event.publications.push(workspaceIds.length)
      event.ids.push(planned.event.id)
      event.types.push(planned.event.type)
      event.tags.push(textColumn(planned.event.tags))
      event.created.push(planned.event.created)
      event.data.push(planned.event.data)
      event.given.push(planned.idGiven)
      event.milliseconds.push(planned.event.milliseconds)
      for (const { id, endpointId, owner } of planned.deliveries) {
        delivery.events.push(event.ids.length)
        delivery.ids.push(id)
        delivery.endpoints.push(endpointId)
        delivery.owners.push(owner)
      }
    }
  }
  const { bytes, offsets, lengths } = packTexts(event.data)
  return [
    plainColumn(workspaceIds),
    plainColumn(versions),
    textColumn(keys),
    hashes,
    textColumn(responses),
    plainColumn(event.publications),
    plainColumn(event.ids),
    textColumn(event.types),
    textColumn(event.tags),
    plainColumn(event.created),
    plainColumn(offsets),
    plainColumn(lengths),
    plainColumn(event.given),
    plainColumn(delivery.events),
    plainColumn(delivery.ids),
    plainColumn(delivery.endpoints),
    plainColumn(delivery.owners),
    now,
    bytes,
    node,
    plainColumn(streams),
    plainColumn(event.milliseconds),
  ]
}

/** The answer and body hash that an idempotency key was first used with; null: it was not, or not lately. */
export async function findIdempotencyKey(
  database: Queryable,
  workspaceId: string,
  key: string,
): Promise<{ bodyHash: Buffer; response: string } | null> {
  const [row] = await database.query<{ body_hash: Buffer; response: string }>(
    {
      name: 'find-idempotency-key',
      text: 'select body_hash, response from idempotency_keys where workspace_id = $1 and key = $2',
    },
    [workspaceId, key],
  )
  return row ? { bodyHash: row.body_hash, response: row.response } : null
}

/** Forgets idempotency keys from before the given time; gives how many. */
export async function purgeIdempotencyKeys(database: Queryable, before: Date): Promise<number> {
  return await database.execute(
    { name: 'purge-idempotency-keys', text: 'delete from idempotency_keys where created_at < $1' },
    [before],
  )
}
