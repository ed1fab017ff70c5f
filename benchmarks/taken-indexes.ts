import type { Database } from '../server/storage/database.ts'

interface Index {
  readonly name: string
  readonly constraint: string | null
  readonly definition: string
  readonly index: string
}

/**
 * Drops the indexes of a table, so that it is filled in a fraction of the time; gives the statements that make them again,
 * on its partitions too.
 */
export async function takeIndexes(database: Database, table: string): Promise<string[]> {
  const statement = {
    name: 'indexes-of-table',
    text: `
select i.indexrelid::regclass::text as name, conname as constraint, pg_get_constraintdef(c.oid) as definition,
  replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as index
from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.conrelid = i.indrelid
where i.indrelid = $1::regclass`,
  }
  const indexes = await database.query<Index>(statement, [table])
  await database.session(async (session) => {
    for (const { name, constraint } of indexes) {
      await session.script(constraint ? `alter table ${table} drop constraint ${constraint}` : `drop index ${name}`)
    }
  })
  return indexes.map(({ constraint, definition, index }) =>
    constraint ? `alter table ${table} add constraint ${constraint} ${definition}` : index,
  )
}
