import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { type Database, openDatabase } from '../server/storage/database.ts'
import { startEmbeddedPostgres } from '../server/storage/embedded.ts'
import { readPassword, USER } from '../server/storage/embedded-cluster.ts'
import { atTheEnd } from './cleanup.ts'

const log = pino({ level: 'silent' })

/** A new directory that goes with the benchmark. */
export async function temporaryDirectory(purpose: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `atlas-bench-${purpose}-`))
  atTheEnd(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

/** Empties a directory ahead of time: a million deliveries take a gigabyte. */
export async function emptyDirectory(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Runs the Postgres of a data directory without a server, on one connection unless said otherwise. */
export async function withDatabase<Result>(
  dataDirectory: string,
  work: (database: Database) => Promise<Result>,
  { max = 1, settings = {} }: { max?: number; settings?: Readonly<Record<string, string>> } = {},
): Promise<Result> {
  const postgres = await startEmbeddedPostgres({ dataDirectory, log, settings })
  try {
    const database = openDatabase(postgres.url, { max, log })
    try {
      return await work(database)
    } finally {
      await database.close()
    }
  } finally {
    await postgres.stop()
  }
}

/** One connection to the Postgres of a data directory beside the server that runs it. */
export async function openRunningDatabase(dataDirectory: string): Promise<Database> {
  const folder = join(dataDirectory, 'postgres')
  // The lines of the file: process, folder, start time, port.
  const port = (await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')[3]
  const password = await readPassword(dataDirectory, folder)
  return openDatabase(`postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`, { max: 1, log })
}

/** The version of the Postgres that comes with the server, such as `18.4`. */
export async function readPostgresVersion(dataDirectory: string): Promise<string> {
  return await withDatabase(dataDirectory, async (database) => {
    const [row] = await database.query<{ version: string }>({
      name: 'postgres-version',
      text: `select split_part(current_setting('server_version'), ' ', 1) as version`,
    })
    return row?.version ?? 'unknown'
  })
}
