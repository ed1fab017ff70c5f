import { uuidFloor } from '../domain/identifier.ts'
import type { Database } from './database.ts'

const DAY_MS = 86_400_000
const partitioned = ['events', 'deliveries', 'attempts'] as const

// Two nodes may want the same partition at the same time; creating one locks its parent for a moment.
const lockKey = 4_710_001

/** The name of a day's partition, such as `events_20260115`. Days are UTC. */
export function partitionName(table: string, day: number): string {
  return `${table}_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`
}

/** Makes sure that there is a partition of each table for every UTC day from the one of `from` to the one of `until`. */
export async function createPartitions(database: Database, from: Date, until: Date): Promise<void> {
  const existing = new Set((await listPartitions(database)).map(({ name }) => name))
  const missing: string[] = []
  for (let day = floorDay(from.getTime()); day <= until.getTime(); day += DAY_MS) {
    for (const table of partitioned) {
      const name = partitionName(table, day)
      if (existing.has(name)) continue
      missing.push(
        `create table if not exists ${name} partition of ${table}
         for values from ('${uuidFloor(day)}') to ('${uuidFloor(day + DAY_MS)}')`,
      )
    }
  }
  // One transaction each: whoever held one parent while it waits for the next would wait in a circle with accept.
  for (const statement of missing) await underLock(database, statement)
}

/**
 * Drops the partitions of whole days before the given time. Gives their names, in the order in which they went: attempts,
 * deliveries, then events, since a delivery without its event could not be attempted.
 */
export async function dropPartitions(database: Database, before: Date): Promise<string[]> {
  const limit = floorDay(before.getTime())
  const old = (await listPartitions(database)).filter(({ day }) => day < limit)
  for (const { name } of old) await underLock(database, `drop table if exists ${name}`)
  return old.map(({ name }) => name)
}

/** How many deliveries still wait in the partitions that `dropPartitions` would drop. */
export async function countWaitingBefore(database: Database, before: Date): Promise<number> {
  const [row] = await database.query<{ waiting: number }>(
    {
      name: 'count-waiting-before',
      text: `select count(*) as waiting from deliveries where id < $1 and state in ('pending', 'retrying')`,
    },
    [uuidFloor(floorDay(before.getTime()))],
  )
  return row?.waiting ?? 0
}

async function underLock(database: Database, statement: string): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.script(`select pg_advisory_xact_lock(${lockKey})`)
    await transaction.script(statement)
  })
}

async function listPartitions(database: Database): Promise<{ name: string; day: number }[]> {
  const rows = await database.query<{ name: string }>(
    {
      name: 'list-partitions',
      text: `
select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = any(array['events'::regclass, 'deliveries'::regclass, 'attempts'::regclass])
order by 1`,
    },
    [],
  )
  return rows.map(({ name }) => {
    const [, year, month, day] = /_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? []
    return { name, day: Date.UTC(Number(year), Number(month) - 1, Number(day)) }
  })
}

function floorDay(ms: number): number {
  return ms - (ms % DAY_MS)
}
