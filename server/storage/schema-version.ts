import type { Queryable } from './database.ts'

const newest = { name: 'newest-migration', text: 'select max(number) as number from migrations' }

/** The number of the newest migration that was applied; 0: none. Rejects while the database is away. */
export async function schemaVersion(db: Queryable): Promise<number> {
  const [row] = await db.query<{ number: number | null }>(newest)
  return row?.number ?? 0
}
