import { idPrefix } from '../server/domain/identifier.ts'
import type { Database } from '../server/storage/database.ts'
import { createPartitions } from '../server/storage/partition.ts'
import { dataText, numberDistance, sentAtMark } from './payload.ts'
import { uuidOf } from './uuid.ts'
import type { Workspace } from './workspace.ts'

const dayMs = 86_400_000

// Each event goes to `fanOut` endpoints, in turn. Ids look as the server's do: the event's time, then a hash. Numbers
// run through the deliveries of all endpoints, so that the receiver can tell each one.
const insertBacklog = `
create temporary table backlog as
select n as number, e.event, endpoint_id,
  (substr(e.time, 1, 8) || '-' || substr(e.time, 9) || '-7' || substr(md5('event' || e.event), 1, 3) || '-8'
    || substr(md5('event' || e.event), 4, 3) || '-' || substr(md5('event' || e.event), 7, 12))::uuid as event_id,
  (substr(e.time, 1, 8) || '-' || substr(e.time, 9) || '-7' || substr(md5('delivery' || n), 1, 3) || '-8'
    || substr(md5('delivery' || n), 4, 3) || '-' || substr(md5('delivery' || n), 7, 12))::uuid as id
from generate_series(0, :count - 1) n
cross join lateral (
  select n / :fanOut as event, lpad(to_hex(:from + n / :fanOut * :span / (:count / :fanOut)), 12, '0') as time
) e
join (
  select endpoint_id, row_number() over (order by ordinality) - 1 as place
  from unnest(:endpoints::uuid[]) with ordinality as u (endpoint_id, ordinality)
) endpoint on endpoint.place = n % :endpointCount;

insert into events (id, workspace_id, type, tags, created, received_at, data)
select event_id, :workspace, 'bench.backlog', '{}', :from / 1000, to_timestamp(:from / 1000.0),
  overlay(:data placing lpad(number::text, 10, '0') from :numberAt for 10)
from backlog where number % :fanOut = 0;

insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, owner, attempt_count,
  cycle_attempts, first_attempt_at, next_attempt_at, settled_at, created_at)
select id, event_id, endpoint_id, :workspace, 'bench.backlog',
  row_number() over (partition by endpoint_id order by number), :state::delivery_state, 0, 1, 1,
  to_timestamp(:from / 1000.0), case when :state = 'retrying'
    then to_timestamp(:from / 1000.0) + interval '10 seconds' + number * interval '10 microseconds' end,
  case when :state = 'delivered' then to_timestamp(:from / 1000.0) end, to_timestamp(:from / 1000.0)
from backlog;

update endpoint_sequences s set last_sequence = b.last from
  (select endpoint_id, count(*) as last from backlog group by endpoint_id) b
where b.endpoint_id = s.endpoint_id;
drop table backlog;
`

/**
 * Fills the database with deliveries that were attempted once, spread evenly over all endpoints of the workspace:
 * delivered, or failed and due again, as after an outage of their receivers. They are between 10 and 20 minutes old.
 */
export async function insertDeliveries(
  database: Database,
  workspace: Workspace,
  { count, fanOut, state }: { count: number; fanOut: number; state: 'retrying' | 'delivered' },
  now: Date,
): Promise<void> {
  const span = 600_000
  const from = now.getTime() - 2 * span
  await createPartitions(database, new Date(from), new Date(now.getTime() + dayMs))
  const endpoints = workspace.endpoints.map(({ id }) => uuidOf(idPrefix.endpoint, id))
  const data = dataText()
  const numberAt = data.indexOf(sentAtMark) + sentAtMark.length + numberDistance + 1
  const values: Record<string, string> = {
    count: `${count}::bigint`,
    state: `'${state}'`,
    fanOut: String(fanOut),
    from: `${from}::bigint`,
    span: String(span),
    endpoints: `'{${endpoints.join()}}'`,
    endpointCount: String(endpoints.length),
    workspace: `'${uuidOf(idPrefix.workspace, workspace.id)}'::uuid`,
    data: `'${data}'`,
    numberAt: String(numberAt),
  }
  await database.session(async (session) => {
    await session.script(insertBacklog.replace(/:(\w+)/g, (whole, name: string) => values[name] ?? whole))
    // A backlog that has grown is one that autovacuum has seen.
    await session.script('vacuum analyze')
  })
}
