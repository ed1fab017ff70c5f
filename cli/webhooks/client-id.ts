import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const pattern = /^[A-Za-z0-9_-]{20,64}$/

/**
 * Who this machine and its user are to the server, which gives their tunnels the same secret for as long as this stays
 * the same. Made once and kept for the user alone, in this folder.
 *
 * @returns `kept` false: it could not be stored, so that the secret is another one next time
 */
export async function readClientId(folder: string): Promise<{ readonly id: string; readonly kept: boolean }> {
  const path = join(folder, 'client-id')
  const known = await readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => '',
  )
  if (pattern.test(known)) return { id: known, kept: true }
  const id = randomBytes(24).toString('base64url')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const draft = `${path}.${process.pid}`
    await writeFile(draft, `${id}\n`, { mode: 0o600 })
    await rename(draft, path).finally(() => rm(draft, { force: true }))
    // Of two that began at the same time, both go on with what is there in the end.
    return { id: (await readFile(path, 'utf8')).trim(), kept: true }
  } catch {
    return { id, kept: false }
  }
}
