import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BaseLogger } from 'pino'
import type { Database, Session, Statement } from './database.ts'

/** Where the numbered `.sql` files of this program are. */
const MIGRATIONS_FOLDER = join(import.meta.dirname, 'migrations')

/** One file `0001-telling-name.sql`. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** A newer program has migrated this database: this one would not understand what it finds. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'

  constructor(found: number, known: number) {
    super(`the database has schema ${found}, this program knows schemas up to ${known}: run a newer release`)
  }
}

/** A migration that was applied differs from the file of this program. */
export class MigrationAltered extends Error {
  override readonly name = 'MigrationAltered'

  constructor(name: string, reason: string) {
    super(`migration ${name} ${reason}: applied migrations never change, a new one must mend them`)
  }
}

// Any number will do, as long as every release takes the same one.
const LOCK = 4_710_815

const appliedMigrations: Statement = {
  name: 'applied-migrations',
  text: 'select number, name, checksum from migrations order by number',
}

const recordMigration: Statement = {
  name: 'record-migration',
  text: 'insert into migrations (number, name, checksum) values ($1, $2, $3)',
}

/** Reads the migrations of a folder in order; their numbers must run from 1 without a gap. */
export async function readMigrations(folder = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  const migrations = files.map(async (file, index): Promise<Migration> => {
    const number = Number(/^(\d{4})-/.exec(file)?.[1])
    if (number !== index + 1) throw new Error(`${file} is not migration ${index + 1} of ${folder}`)
    const sql = await readFile(join(folder, file), 'utf8')
    return { number, name: file.slice(0, -'.sql'.length), sql, checksum: checksumOf(sql) }
  })
  return await Promise.all(migrations)
}

/**
 * Brings the schema up to date: each missing migration in a transaction of its own, all of them under one advisory
 * lock, so that any number of nodes may start at once. Returns how many were applied. Rejects with `PostgresTooOld`,
 * `SchemaTooNew` or `MigrationAltered`, and then leaves the schema as it was.
 */
export async function migrate(
  database: Database,
  { folder = MIGRATIONS_FOLDER, log }: { folder?: string; log?: BaseLogger } = {},
): Promise<number> {
  await database.requireSupportedVersion()
  const known = await readMigrations(folder)
  return await database.session(async (session) => {
    await session.script(`select pg_advisory_lock(${LOCK})`)
    try {
      const missing = await findMissing(session, known)
      for (const migration of missing) {
        await apply(session, migration)
        log?.info({ migration: migration.name }, 'migration applied')
      }
      return missing.length
    } finally {
      await session.script(`select pg_advisory_unlock(${LOCK})`)
    }
  })
}

async function findMissing(session: Session, known: readonly Migration[]): Promise<readonly Migration[]> {
  await session.script(`
    create table if not exists migrations (
      number int primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`)
  const applied = await session.query<Pick<Migration, 'number' | 'name' | 'checksum'>>(appliedMigrations)
  const newest = applied.at(-1)?.number ?? 0
  if (newest > known.length) throw new SchemaTooNew(newest, known.length)
  for (const { number, name, checksum } of applied) {
    const file = known[number - 1]
    if (file?.name !== name) throw new MigrationAltered(name, `is called ${file?.name} in this program`)
    if (file.checksum !== checksum) throw new MigrationAltered(name, 'has another content in this program')
  }
  return known.slice(newest)
}

async function apply(session: Session, { number, name, sql, checksum }: Migration): Promise<void> {
  await session.script('begin')
  try {
    await session.script(sql)
    await session.execute(recordMigration, [number, name, checksum])
    await session.script('commit')
  } catch (error) {
    await session.script('rollback')
    throw new Error(`migration ${name} failed`, { cause: error })
  }
}

// Line ends may differ between checkouts of the same release.
function checksumOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex')
}
