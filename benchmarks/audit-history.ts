import { builtInActions } from '../server/domain/audit-actions.ts'
import { segmentBits } from '../server/domain/audit-search.ts'
import type { Database } from '../server/storage/database.ts'
import { actorCount, descriptionWords, letters, targetCount, vocabulary, wordRange, wordStep } from './audit-content.ts'
import { takeIndexes } from './taken-indexes.ts'

export interface AuditHistory {
  /** A UUID. Its chain exists, and is shorter than this. */
  readonly workspaceId: string
  readonly count: number
  /** When the first one was recorded, and the last one: those between are evenly spread. */
  readonly from: Date
  readonly until: Date
}

/** How a Postgres that is thrown away afterwards is filled fastest. */
export const loadSettings = {
  ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off', max_wal_size: '4GB' },
  ...{ maintenance_work_mem: '512MB', max_parallel_maintenance_workers: '2' },
}

const sessions = 2
const portion = 100_000

// Everything about an entry follows from hashes of its sequence. Each gives two numbers below 2^32. The layers keep what
// is used twice from being computed twice.
const hashes = Array.from({ length: 6 }, (_, index) => `h${index + 1}`)
const draws = hashes.flatMap((hash) => [`((${hash} >> 32) & 4294967295)`, `(${hash} & 4294967295)`])
const draw = (index: number): string => draws[index] as string
const rank = (index: number, count: number): string =>
  `floor(exp(${draw(index)}::float8 * ${Math.log(count + 1) / 2 ** 32}::float8))::int`
const wordOf = (rank: string): string =>
  `translate(to_hex((${rank})::bigint * ${wordStep} % ${wordRange}), '0123456789abcdef', '${letters}')`
const words = Array.from({ length: descriptionWords }, (_, index) => index + 1)
const quoted = (texts: readonly string[]): string => `array[${texts.map((text) => `'${text}'`).join()}]`
const keysOfAction = builtInActions.map(
  ({ category, action }) =>
    `=c:${category} =x:${action} ${category.replaceAll('_', ' ')} ${action.replaceAll('_', ' ')}`,
)

const insertPortion = `
insert into audit_entries (workspace_id, sequence, id, category, action, actor_type, actor_id, actor_name, actor_ip,
  target_type, target_id, target_name, description, metadata, occurred_at, recorded_at, recorded_by, previous_hash, hash,
  search)
select {workspace}, n, (substr(time, 1, 8) || '-' || substr(time, 9) || '-7' || lpad(to_hex(n % 4096), 3, '0') || '-8'
    || substr(digest, 1, 3) || '-' || substr(digest, 4, 12))::uuid,
  (${quoted(builtInActions.map(({ category }) => category))})[kind],
  (${quoted(builtInActions.map(({ action }) => action))})[kind], 'user', 'usr_' || actor, first_name || ' ' || last_name,
  '192.0.2.7', 'resource', 'res_' || target, target_name, description || '.',
  '{"change":{"after":"admin","before":"member","field":"role"},"request":"req_' || digest || '"}',
  at, at, 'key_01htrkd4qpe3zb4y1mkfa5v5p8', sha256(n::text::bytea), sha256((n + 1)::text::bytea),
  array_to_tsvector(string_to_array(prefix || replace('=a:usr_' || actor || ' ' || (${quoted(keysOfAction)})[kind]
    || ' user usr ' || actor || ' ' || first_name || ' ' || last_name || ' resource res ' || target || ' '
    || target_name || ' ' || description, ' ', ' ' || prefix), ' '))
from (
  select n, digest, prefix, kind, target, lpad(actor::text, 5, '0') as actor, target_name,
    to_timestamp(ms / 1000.0) as at, lpad(to_hex(ms), 12, '0') as time,
    ${wordOf(`${vocabulary} + actor % 200`)} as first_name,
    ${wordOf(`${vocabulary + 200} + actor / 3`)} as last_name,
    ${words.map((index) => `w${index}`).join(` || ' ' || `)} as description
  from (
    select n, md5(n::text) as digest, {chain} || '.' || (n >> ${segmentBits}) || '.' as prefix,
      {from}::bigint + n * {span}::bigint / {count} as ms,
      ${rank(0, builtInActions.length)} as kind, ${rank(1, actorCount)} as actor,
      1 + ${draw(2)} * ${targetCount} / 4294967296 as target, ${wordOf(rank(3, vocabulary))} as target_name,
      ${words.map((index) => `${wordOf(rank(3 + index, vocabulary))} as w${index}`).join()}
    from (
      select n, ${hashes.map((hash, index) => `hashint8extended(n, ${index + 1}) as ${hash}`).join()}
      from generate_series({first}::bigint, {last}::bigint) n offset 0
    ) hashed offset 0
  ) drawn offset 0
) entry`

const finish = [
  `
insert into audit_segments (workspace_id, segment, earliest, latest)
select workspace_id, sequence >> ${segmentBits}, min(occurred_at), max(occurred_at) from audit_entries
where workspace_id = {workspace} group by 1, 2
on conflict (workspace_id, segment) do update set earliest = excluded.earliest, latest = excluded.latest`,
  `
update audit_chains c set last_sequence = e.sequence, last_hash = e.hash, last_recorded_at = e.recorded_at
from audit_entries e where c.workspace_id = {workspace} and e.workspace_id = c.workspace_id and e.sequence = {count}`,
  // A log that has grown is one that autovacuum has seen.
  'vacuum (freeze, analyze)',
]

/**
 * Makes a chain longer, up to `count` entries in all. They are searched like any others, but their hashes are made up.
 * The indexes are taken away and built again at the end, which takes a fraction of the time.
 *
 * @param database has a connection for each of two sessions
 */
export async function insertAuditHistory(database: Database, history: AuditHistory): Promise<void> {
  const { workspaceId, count, from, until } = history
  const { number, last } = await chainOf(database, workspaceId)
  const fill = (statement: string, more: Readonly<Record<string, number>> = {}): string => {
    const values: Readonly<Record<string, string | number>> = {
      workspace: `'${workspaceId}'::uuid`,
      ...{ chain: number, count, from: from.getTime(), span: until.getTime() - from.getTime(), ...more },
    }
    return statement.replace(/\{([a-z]+)\}/g, (whole, name: string) => String(values[name] ?? whole))
  }
  const indexes = await takeIndexes(database, 'audit_entries')
  const portions = Array.from({ length: Math.ceil((count - last) / portion) }, (_, index) => ({
    first: last + 1 + index * portion,
    last: Math.min(count, last + (index + 1) * portion),
  }))
  await Promise.all(
    Array.from({ length: sessions }, () =>
      database.session(async (session) => {
        for (let next = portions.shift(); next; next = portions.shift()) await session.script(fill(insertPortion, next))
      }),
    ),
  )
  await database.session(async (session) => {
    for (const statement of [...indexes, ...finish]) await session.script(fill(statement))
  })
}

async function chainOf(database: Database, workspaceId: string): Promise<{ number: number; last: number }> {
  const statement = {
    name: 'chain-to-extend',
    text: 'select number, last_sequence as last from audit_chains where workspace_id = $1',
  }
  const [chain] = await database.query<{ number: number; last: number }>(statement, [workspaceId])
  if (!chain) throw new Error(`there is no audit chain of ${workspaceId}`)
  return chain
}
