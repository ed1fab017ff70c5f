import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import type { Endpoint } from '../domain/endpoint.ts'
import { uuidFloor } from '../domain/identifier.ts'
import { type Database, openDatabase, type Queryable } from '../storage/database.ts'
import { endAfter } from './teardown.ts'

// As the server sets them: every statement is planned once and must then be right for any amount of data.
const settings = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off', enable_mergejoin: 'off', jit: 'off' }
const dayMs = 86_400_000

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly PlanNode[]
}

// What the statistics count is put where others see it when a session is idle for a while, or when it is asked for.
const flushStatement = { name: 'flush-statistics', text: 'select pg_stat_force_next_flush()' }
const countStatement = {
  name: 'count-entries-read',
  text: `
select coalesce(sum(idx_tup_read), 0)::bigint as count from pg_stat_user_indexes where relname ~ ('^' || $1 || '_[0-9]+$')`,
}

/** One connection with the server's settings: it tells what statements on it read. */
export class Planner {
  readonly database: Database
  #explained = 0

  private constructor(database: Database) {
    this.database = database
  }

  static open(t: TestContext, url: string): Planner {
    const database = openDatabase(url, { max: 1, log: pino({ level: 'silent' }), settings })
    endAfter(t, () => database.close())
    return new Planner(database)
  }

  /** Executes a prepared statement; gives the blocks that it read. No table of events, deliveries or audit entries may be scanned. */
  async blocksOf(call: string): Promise<number> {
    const statement = {
      name: `explain-${this.#explained++}`,
      text: `explain (analyze, buffers, format json) execute ${call}`,
    }
    const [row] = await this.database.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(statement)
    const root = row?.['QUERY PLAN'][0]?.Plan
    assert(root)
    const scanned = nodesOf(root).filter(
      ({ 'Relation Name': table }) => table && /^(deliveries_|events_|audit_entries)/.test(table),
    )
    assert(scanned.length > 0)
    for (const scan of scanned)
      assert.match(scan['Node Type'], /Index|Bitmap Heap|^ModifyTable$/, scan['Relation Name'])
    return root['Shared Hit Blocks'] + root['Shared Read Blocks']
  }

  /** How many entries of the indexes of this table are read by the work, which runs on this connection. */
  async entriesRead(table: 'deliveries' | 'events', work: () => Promise<unknown>): Promise<number> {
    const before = await this.#countEntries(table)
    await work()
    return (await this.#countEntries(table)) - before
  }

  async #countEntries(table: string): Promise<number> {
    await this.database.query(flushStatement)
    const [row] = await this.database.query<{ count: number }>(countStatement, [table])
    return row?.count ?? 0
  }
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

/**
 * Stores waiting deliveries of the endpoint, as many of each of the last days, a hundred of each event. They are due
 * one millisecond after another.
 */
export async function fill(
  database: Queryable,
  { id: endpointId, workspaceId, serialize }: Endpoint,
  { days, rows, from }: { days: number; rows: number; from: Date },
): Promise<void> {
  const now = Date.now()
  const mark = endpointId.slice(-4)
  for (let day = 0; day < days; day++) {
    const prefix = uuidFloor(now - (day + 1) * dayMs).slice(0, 13)
    await database.execute(
      {
        name: 'fill-events',
        text: `
insert into events (id, workspace_id, type, tags, created, received_at, data)
select ($1 || '-7000-8000-' || $2 || lpad(to_hex(n), 8, '0'))::uuid, $3::uuid, 'deal.created', '{}', 0, $5, '{}'
from generate_series(0, $4::int / 100) n`,
      },
      [prefix, mark, workspaceId, rows, from],
    )
    await database.execute(
      {
        name: 'fill-deliveries',
        text: `
insert into deliveries
  (id, event_id, endpoint_id, workspace_id, type, sequence, state, next_attempt_at, created_at, ordered)
select ($1 || '-7000-8000-' || $2 || lpad(to_hex(n), 8, '0'))::uuid,
  ($1 || '-7000-8000-' || $2 || lpad(to_hex(n / 100), 8, '0'))::uuid, $4::uuid, $3::uuid, 'deal.created',
  ($8::int - 1 - $7::int) * $5::int + n + 1, 'pending', $6::timestamptz + n * interval '1 millisecond', $6, $9
from generate_series(0, $5::int - 1) n`,
      },
      [prefix, mark, workspaceId, endpointId, rows, from, day, days, serialize],
    )
  }
}
