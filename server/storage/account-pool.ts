import pg from 'pg'
import type { BaseLogger } from 'pino'
import { connectionWith, type Queryable } from './database.ts'

export type AccountPool = pg.Pool

const connections = 4

/** Connections for better-auth, which writes its own statements: they see its tables only, in the schema `sign_in`. */
export function openAccountPool(url: string, log: BaseLogger): AccountPool {
  const pool = new pg.Pool({
    ...connectionWith(url, { search_path: 'sign_in' }),
    application_name: 'atlas sign-in',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    max: connections,
  })
  pool.on('error', ({ message }) => log.warn({ reason: message }, 'database connection lost'))
  return pool
}

/** Throws when the database is away. */
export async function requireDatabase(db: Queryable): Promise<void> {
  await db.query({ name: 'require-database', text: 'select 1' })
}
