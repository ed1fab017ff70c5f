import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isOperatorKey, keyText, operatorKeyPrefix } from './domain/api-key.ts'

/** A kept key is not what this program writes: somebody has to look before anything is overwritten. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
}

export interface GeneratedKeys {
  readonly operatorKey: string
  readonly masterKey: string
  readonly auditSigningKey: string
}

/**
 * The keys that the environment does not give: read from the data directory, or generated there at the first start.
 * The directory becomes mode 700 and the files 600. Throws a KeyFileError when a file holds no key.
 */
export async function keepKeys(
  dataDir: string,
  given: { readonly [Name in keyof GeneratedKeys]: string | null },
  randomBytes: (size: number) => Buffer,
): Promise<GeneratedKeys> {
  const random = () => randomBytes(32).toString('base64')
  return {
    operatorKey:
      given.operatorKey ??
      (await keep(dataDir, 'operator.key', isOperatorKey, () => keyText(operatorKeyPrefix, randomBytes(32)))),
    masterKey: given.masterKey ?? (await keep(dataDir, 'master.key', isRandomKey, random)),
    auditSigningKey: given.auditSigningKey ?? (await keep(dataDir, 'audit-signing.key', isRandomKey, random)),
  }
}

function isRandomKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text)
}

async function keep(
  dataDir: string,
  file: string,
  isKey: (text: string) => boolean,
  generate: () => string,
): Promise<string> {
  await makePrivate(dataDir)
  const path = join(dataDir, file)
  const kept = (await read(path)) ?? (await create(path, generate()))
  if (!isKey(kept)) throw new KeyFileError(`${path} does not hold a key; put the right one back or remove the file`)
  return kept
}

/**
 * An empty directory that somebody made beforehand, such as a volume, is closed too: who may write to it could put keys
 * of their own in place of ours. One that holds other things is not ours to close.
 */
async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const names = await readdir(directory)
  if (names.length === 0) await chmod(directory, 0o700)
}

async function read(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

/**
 * A key that secrets are encrypted with must be on the disk, whole, before anything is encrypted; and of two servers
 * that start at once both must use the same one. So: written aside, synced, then linked, which fails if it exists.
 */
async function create(path: string, key: string): Promise<string> {
  const aside = `${path}.${process.pid}.${randomUUID()}`
  const handle = await open(aside, 'w', 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(`${key}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await link(aside, path)
    return key
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
    return (await readFile(path, 'utf8')).trim()
  } finally {
    await unlink(aside)
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
