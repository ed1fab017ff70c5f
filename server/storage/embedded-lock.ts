import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Another server runs on this data directory. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse'
  /** The process that holds the directory, null if it has not said so yet. */
  readonly pid: number | null

  constructor(dataDirectory: string, pid: number | null) {
    super(`the data directory ${dataDirectory} is in use by ${pid === null ? 'another process' : `process ${pid}`}`)
    this.pid = pid
  }
}

const SQLITE_BUSY = 5

/**
 * Takes the data directory for this process until it ends, however it ends. Rejects with `DataDirectoryInUse`.
 *
 * Node.js offers no file lock, but SQLite takes a real one of the kernel: it cannot go stale after `kill -9`, and a
 * recycled process id cannot keep it alive, as happens with files that hold a process id.
 */
export async function lockDataDirectory(dataDirectory: string): Promise<{ release(): Promise<void> }> {
  const pidFile = join(dataDirectory, 'server.pid')
  const lock = new DatabaseSync(join(dataDirectory, 'server.lock'))
  try {
    // It never holds data, so it needs no journal beside it.
    lock.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    throw new DataDirectoryInUse(dataDirectory, await readPid(pidFile))
  }
  await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 })
  return {
    release: async () => {
      await rm(pidFile, { force: true })
      lock.close()
    },
  }
}

async function readPid(pidFile: string): Promise<number | null> {
  const text = await readFile(pidFile, 'utf8').catch(() => '')
  return Number.parseInt(text, 10) || null
}
