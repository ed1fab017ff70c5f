import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmod,
  chown,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Account } from './embedded-binaries.ts'
import { ENVIRONMENT, reachable } from './embedded-process.ts'

/** The database superuser, and the only database user. */
export const USER = 'atlas'

// Postgres refuses to run as root; these accounts exist for such services, the second one nearly everywhere.
const UNPRIVILEGED = ['postgres', 'nobody']

/** Makes the data directory, readable by this user only. */
export async function makeDataDirectory(dataDirectory: string): Promise<void> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const names = await readdir(dataDirectory)
  // One that holds other things too is not ours to close. What we put into it is private by its own modes.
  if (names.length === 0 || names.includes('server.lock')) await chmod(dataDirectory, 0o700)
}

/** Who Postgres runs as: this user, or as root the owner of the existing files, or an unprivileged account. */
export async function chooseAccount(folder: string): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  const owner = await stat(folder).catch(() => null)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const wanted of UNPRIVILEGED) {
    const [, , uid, gid] = accounts.find(([name]) => name === wanted) ?? []
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error(`Postgres refuses to run as root and there is no user ${UNPRIVILEGED.join(' or ')} to run it as`)
}

/** The password of the cluster: made before the cluster is, then read. */
export async function readPassword(dataDirectory: string, clusterFolder: string): Promise<string> {
  const path = join(dataDirectory, 'postgres.password')
  const existing = await readFile(path, 'utf8').catch(() => null)
  if (existing) return existing.trim()
  if (await exists(clusterFolder)) throw new Error(`${path} is missing: nobody can log in to the database without it`)
  const password = randomBytes(24).toString('hex')
  const file = await open(`${path}.new`, 'w', 0o600)
  await file
    .writeFile(`${password}\n`)
    .then(() => file.sync())
    .finally(() => file.close())
  await rename(`${path}.new`, path)
  return password
}

/** Creates the cluster unless it exists. It appears under its name when complete, so a crash leaves none or all. */
export async function createCluster(
  folder: string,
  initdb: string,
  account: Account,
  password: string,
  sync: boolean,
): Promise<void> {
  if (await exists(folder)) return
  const draft = `${folder}.new`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  await giveTo(account, (uid, gid) => chown(draft, uid, gid))
  const passwordFile = await openPasswordFile(`${folder}.initdb`, account, password)
  try {
    await runInitdb(draft, initdb, account, passwordFile, sync)
  } finally {
    await passwordFile.close()
  }
  await rename(draft, folder)
  await syncFolder(dirname(folder))
}

async function runInitdb(
  draft: string,
  initdb: string,
  account: Account,
  password: FileHandle,
  sync: boolean,
): Promise<void> {
  const command = [
    `--pgdata=${reachable(draft, account)}`,
    `--username=${USER}`,
    '--pwfile=/dev/stdin',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(sync ? [] : ['--no-sync']),
  ]
  const child = spawn(initdb, command, {
    ...account,
    cwd: draft,
    env: ENVIRONMENT,
    stdio: [password.fd, 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code !== 0) throw new Error(`Postgres could not create its files: ${signal ?? `exit code ${code}`}\n${said}`)
}

// A file without a name: only who inherits the descriptor can read it, and nothing of it stays behind.
async function openPasswordFile(path: string, account: Account, password: string): Promise<FileHandle> {
  await rm(path, { force: true })
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  await giveTo(account, (uid, gid) => file.chown(uid, gid))
  await file.write(`${password}\n`, 0)
  return file
}

async function giveTo({ uid, gid }: Account, chown: (uid: number, gid: number) => Promise<void>): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(uid, gid)
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

// A new name survives the loss of power only when its folder has been written too.
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}
